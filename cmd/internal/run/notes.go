package run

import (
	"fmt"
	"io"
)

// Notes returns a function that prints sentences about the user's files, such as
// what was guessed or left out, each once.
func Notes(to io.Writer) func(note string) {
	seen := map[string]bool{}
	return func(note string) {
		if to == nil || seen[note] {
			return
		}
		seen[note] = true
		fmt.Fprintf(to, "hocsau: warning: %s\n", note)
	}
}
