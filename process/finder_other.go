//go:build !linux

package process

// NewFinder tells that there is none on this system.
func NewFinder(Options) (*Finder, error) { return nil, ErrNoOwners }
