package main

import "errors"

func relocateCommand(args []string) error { return errors.New("relocate: not yet") }
