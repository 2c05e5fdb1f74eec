package download

import "testing"

func FuzzContentRange(f *testing.F) {
	f.Add("bytes 5-9/10")
	f.Add("bytes 5-9/*")
	f.Add("bytes 9223372036854775807-9223372036854775807/9223372036854775807")
	f.Add("bytes -1-0/1")
	f.Fuzz(func(t *testing.T, s string) {
		first, total, err := contentRange(s)
		if err == nil && (first < 0 || total >= 0 && first >= total || total < -1) {
			t.Fatalf("%q: first %d of %d", s, first, total)
		}
	})
}
