//go:build !unix

package pipeline

import "time"

var begun = time.Now()

// spent is how long this process has run.
func spent() time.Duration { return time.Since(begun) }
