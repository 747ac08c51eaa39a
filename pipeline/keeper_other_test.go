//go:build !linux

package pipeline

import "testing"

func smallDisk(t *testing.T, _ string) string {
	t.Skip("a small file system cannot be mounted here: what a full disk does is not tested")
	return ""
}
