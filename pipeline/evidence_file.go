package pipeline

import (
	"runtime"

	"peeratlas/capture"
)

// fileOptions say who writes a file of evidence.
func fileOptions(program string) capture.WriterOptions {
	return capture.WriterOptions{Application: program, System: runtime.GOOS, Hardware: runtime.GOARCH}
}
