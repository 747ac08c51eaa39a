//go:build !unix

package main

// onSignals does nothing where there is no SIGUSR1, nor SIGHUP.
func onSignals(count, again func()) (stop func()) { return func() {} }
