package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"peeratlas/report"
)

// problem answers with problem details (RFC 9457).
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	p, _ := json.Marshal(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail})
	w.Write(append(report.Printable(p), '\n'))
}

// asked is an error of what a client asked.
type asked struct{ text string }

func (a asked) Error() string { return a.text }

func wrong(format string, args ...any) error { return asked{fmt.Sprintf(format, args...)} }

// failed answers for an error that came before the first octet of an answer.
func failed(w http.ResponseWriter, ctx context.Context, err error) {
	a := asked{}
	switch {
	case errors.As(err, &a):
		problem(w, http.StatusBadRequest, a.text)
	case errors.Is(err, errNothing):
		problem(w, http.StatusNotFound, err.Error())
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		problem(w, http.StatusServiceUnavailable, "the answer took too long; ask for less, by since, until, host or country")
	case ctx.Err() != nil: // nobody waits any more
	default:
		problem(w, http.StatusInternalServerError, report.Clean(err.Error(), 300))
	}
}

// errNothing is a question for what there is not.
var errNothing = errors.New("there is no such flow in the store")
