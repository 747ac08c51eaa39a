package main

import "os"

func main() { debug(os.Args[1:]) }
