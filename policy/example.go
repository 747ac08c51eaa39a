package policy

import _ "embed"

// Example is a policy with comments to begin with, as docs/policy-example.yaml has it.
//
//go:embed example.yaml
var Example []byte
