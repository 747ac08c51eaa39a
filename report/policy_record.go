package report

import "bytes"

// Flag is what one rule of a policy says against a flow.
type Flag struct {
	Rule   string `json:"rule" parquet:"rule,dict"`
	Action string `json:"action" parquet:"action,dict"` // Deny or Warn
}

// AppendFlags adds the rules that are against a flow to its line of AppendRecord, which dst ends in.
func AppendFlags(dst []byte, flags []Flag) []byte {
	if len(flags) == 0 {
		return dst
	}
	dst = append(bytes.TrimSuffix(dst, []byte("}\n")), `,"breach":[`...)
	for i, f := range flags {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSON(append(dst, `{"rule":`...), f.Rule)
		dst = appendJSON(append(dst, `,"action":`...), f.Action)
		dst = append(dst, '}')
	}
	return append(dst, "]}\n"...)
}
