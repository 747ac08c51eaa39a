//go:build !unix

package main

// countersOnSignal does nothing where there is no SIGUSR1.
func (s *session) countersOnSignal() (stop func()) { return func() {} }
