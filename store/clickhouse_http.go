package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"peeratlas/report"
)

// refusal is a server's answer that is none.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string {
	text := fmt.Sprintf("the server answers %d", r.status)
	if r.text != "" {
		text += ": " + r.text
	}
	switch {
	case r.status == http.StatusUnauthorized, strings.Contains(r.text, "Code: 193"), strings.Contains(r.text, "Code: 192"), strings.Contains(r.text, "Code: 194"), strings.Contains(r.text, "Code: 516"):
		text += "; check the user in --store, and the password in " + PasswordVariable + " or --store-password-file"
	}
	return text
}

// later tells whether the same request may succeed later. Whether a batch is wrong or a server not
// well cannot be told from its words alone: only what a user must mend is not worth waiting for.
func (r *refusal) later() bool {
	return r.status >= 500 && !strings.Contains(r.text, "Code: 19") || r.status == http.StatusTooManyRequests
}

// do sends one request: a query, and what it inserts. The answer's body is to be closed.
func (c *ClickHouse) do(ctx context.Context, query string, body []byte, values url.Values) (io.ReadCloser, error) {
	u := c.base
	v := url.Values{"output_format_json_quote_64bit_integers": {"1"}}
	for key, list := range values {
		v[key] = list
	}
	var send io.Reader = strings.NewReader(query)
	if body != nil {
		v.Set("query", query)
		send = bytes.NewReader(body)
	}
	u.RawQuery = v.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), send)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", c.name(), err)
	}
	if body != nil {
		r.Header.Set("Content-Encoding", "gzip")
	}
	r.Header.Set("User-Agent", "peeratlas")
	if c.user != "" {
		r.Header.Set("X-ClickHouse-User", c.user)
	}
	if c.options.Password != "" {
		r.Header.Set("X-ClickHouse-Key", c.options.Password)
	}
	answer, err := c.client.Do(r)
	if err != nil {
		if e := new(url.Error); errors.As(err, &e) {
			err = e.Err // the URL holds the query
		}
		return nil, fmt.Errorf("store %s: %w; %s", c.name(), err, advice(err))
	}
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 600))
		answer.Body.Close()
		return nil, fmt.Errorf("store %s: %w", c.name(), &refusal{answer.StatusCode, report.Clean(strings.TrimSpace(string(text)), 300)})
	}
	return answer.Body, nil
}

// advice says what to do about a server that does not answer.
func advice(err error) string {
	unknown, other, plain := x509.UnknownAuthorityError{}, x509.HostnameError{}, tls.RecordHeaderError{}
	switch {
	case errors.As(err, &unknown):
		return "give the certificate of the authority that signed the server's with --store-ca"
	case errors.As(err, &other):
		return "name the server in --store as its certificate does"
	case errors.As(err, &plain), errors.Is(err, http.ErrSchemeMismatch):
		return "it does not speak TLS at that port: name the port of https, or write clickhouse:// for none"
	case untrusted(err):
		return "mend the server's certificate"
	}
	return "is the server up, and its port right?"
}

// exec runs a statement that answers nothing.
func (c *ClickHouse) exec(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.timeout())
	defer cancel()
	body, err := c.do(ctx, statement, nil, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(body, 1<<20))
	return err
}

// insert sends rows to a table. token is the same for the same rows.
func (c *ClickHouse) insert(ctx context.Context, table string, rows []byte, token string) error {
	if len(rows) == 0 {
		return nil
	}
	var zipped bytes.Buffer
	z, _ := gzip.NewWriterLevel(&zipped, gzip.BestSpeed)
	z.Write(rows)
	z.Close()
	v := url.Values{}
	for name, value := range map[string]string{"insert_deduplication_token": token, "max_partitions_per_insert_block": "0"} {
		if c.settings[name] {
			v.Set(name, value)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.timeout())
	defer cancel()
	body, err := c.do(ctx, "INSERT INTO "+c.database+"."+table+" FORMAT JSONEachRow", zipped.Bytes(), v)
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(body, 1<<20))
	return err
}

// ask passes each row of an answer, as JSON, to visit.
func ask[T any](ctx context.Context, c *ClickHouse, query string, visit func(*T) error) error {
	body, err := c.do(ctx, query+" FORMAT JSONEachRow", nil, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	d := json.NewDecoder(body)
	for {
		var row T
		err := d.Decode(&row)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil { // an error that came while the answer was under way is text in its midst
			rest, _ := io.ReadAll(io.LimitReader(io.MultiReader(d.Buffered(), body), 300))
			return fmt.Errorf("store %s: the answer breaks off: %w: %s", c.name(), err, report.Clean(strings.TrimSpace(string(rest)), 200))
		}
		if err := visit(&row); err != nil {
			return err
		}
	}
}

// quote writes text as a literal of ClickHouse's SQL.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\x00", `\0`).Replace(s) + "'"
}
