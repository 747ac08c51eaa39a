//go:build faulty

package pipeline

import (
	"peeratlas/capture/packet"
	"peeratlas/classify"
)

// Only the test of the built program sets the tag faulty: its program has a detector that fails
// on one payload, to show what a fault costs.
func init() {
	faults = []classify.Detector{{Name: "faulty", Transport: packet.UDP, Detect: func(o *classify.Observation) {
		if string(o.Payload) == "a payload that a faulty detector panics on" {
			panic("on the mark")
		}
	}}}
}
