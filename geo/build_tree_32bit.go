//go:build 386 || arm || mips || mipsle

package geo

import (
	"errors"
	"net/netip"
	"time"
)

// A tree cannot be made here: the writer's library (mmdbwriter 1.2.0) does not compile where int
// has 32 bits.
type tree struct{}

var errNarrowInt = errors.New("this program was built for 32 bits and cannot make databases; " +
	"make it with a 64-bit one, and it can be read here")

func newTree(kind, name string, date time.Time, recordBits int) (*tree, error) {
	return nil, errNarrowInt
}

func (t *tree) insert(first, last netip.Addr, f fact) (used bool, left int, err error) {
	return false, 0, errNarrowInt
}

func (t *tree) encode() ([]byte, error) { return nil, errNarrowInt }
