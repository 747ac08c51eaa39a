// Written by "peeratlas accuracy --fit"; DO NOT EDIT.

package classify

// fittedBits is empty: no fit was made yet.
var fittedBits = []fittedWeight{}
