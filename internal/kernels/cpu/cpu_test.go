package cpu

import (
	"runtime"
	"slices"
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
		{name: "sse9", want: Best(), err: "HOCSAU_KERNELS=sse9: expected one of generic, neon, avx2, avx512"},
	} {
		got, err := parse(tt.name)
		if got != tt.want {
			t.Errorf("parse(%q) = %v, want %v", tt.name, got, tt.want)
		}
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("parse(%q): error %v, want %q", tt.name, err, tt.err)
		}
	}
}

// TestParse_levels takes the levels that this processor has and no other.
func TestParse_levels(t *testing.T) {
	for _, s := range []Set{Generic, NEON, AVX2, AVX512} {
		got, err := parse(s.String())
		if have := slices.Contains(Sets(), s); have != (err == nil) || have && got != s {
			t.Errorf("parse(%q) = %v, %v; this processor has %v", s, got, err, Sets())
		}
		if err != nil && !strings.Contains(err.Error(), "at best") {
			t.Errorf("parse(%q): error %v", s, err)
		}
	}
	if other := map[string]Set{"amd64": NEON, "arm64": AVX2}[runtime.GOARCH]; other != Generic && slices.Contains(Sets(), other) {
		t.Errorf("%v on %s", other, runtime.GOARCH)
	}
}
