//go:build !unix

package main

import (
	"io"

	"peeratlas/pipeline"
)

// countersOnSignal does nothing where there is no SIGUSR1.
func countersOnSignal(io.Writer, *pipeline.Options) (stop func()) { return func() {} }
