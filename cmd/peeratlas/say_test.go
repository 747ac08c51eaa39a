package main

import (
	"bytes"
	"errors"
	"testing"
)

// Several errors are told on one line, each apart.
func TestSayTellsErrorsApart(t *testing.T) {
	var b bytes.Buffer
	say(&b, errors.Join(errors.New("syslog: 3 alerts were not told"), errors.New("webhook: 4 alerts were \x1b[31mnot told")))
	if want := "peeratlas: syslog: 3 alerts were not told; webhook: 4 alerts were \\x1b[31mnot told\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}
