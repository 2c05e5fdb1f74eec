package cpu

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name string
		want Set
		err  string
	}{
		{name: "", want: Best()},
		{name: "generic", want: Generic},
		{name: "sse9", want: Best(), err: "HOCSAU_KERNELS=sse9: expected generic, avx2 or avx512"},
	} {
		got, err := parse(tt.name)
		if got != tt.want {
			t.Errorf("parse(%q) = %v, want %v", tt.name, got, tt.want)
		}
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("parse(%q): error %v, want %q", tt.name, err, tt.err)
		}
	}
	if Best() < AVX512 {
		if _, err := parse("avx512"); err == nil || !strings.Contains(err.Error(), "at best") {
			t.Errorf("avx512 on a lesser processor: %v", err)
		}
	}
}
