//go:build !cgo

package capture

import (
	"errors"

	"golang.org/x/net/bpf"
)

func openAfpacket(*wire, *LiveOptions, []bpf.RawInstruction) (linuxHandle, error) {
	return nil, errors.New("method afpacket needs a build with cgo (CGO_ENABLED=1); choose method ring")
}
