package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

func TestScreen(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\n":         "plain\ttext\n",
		"học sâu, 深度 🙂 é":       "học sâu, 深度 🙂 é",
		"می\u200cخواهم":         "می\u200cخواهم",
		"\x1b[31mred\x1b[0m":    `\u001b[31mred\u001b[0m`,
		"\u009b31m":             `\u009b31m`,
		"a\rb\x7f\x00\a":        `a\u000db\u007f\u0000\u0007`,
		"\u202eabc\u2066":       `\u202eabc\u2066`,
		"\ufeffa\u200b\u2028":   `\ufeffa\u200b\u2028`,
		"\xff\xc3":              `\xff\xc3`,
		"\U000e0041":            `\udb40\udc41`,
		"a non-breaking\u00a0.": "a non-breaking\u00a0.",
	} {
		for _, step := range []int{1, 2, 3, 1000} { // in pieces too
			var b bytes.Buffer
			s := NewScreen(&b)
			for at := 0; at < len(in); at += step {
				piece := []byte(in[at:min(len(in), at+step)])
				if n, err := s.Write(piece); n != len(piece) || err != nil {
					t.Fatal(n, err)
				}
			}
			if err := s.Err(); err != nil || b.String() != want {
				t.Errorf("%q by %d: %q, %v, want %q", in, step, b.String(), err, want)
			}
		}
	}
}

// JSON says the same behind it.
func TestScreen_json(t *testing.T) {
	var b bytes.Buffer
	in := map[string]string{"a\x1b\u009b\r\n\t\x7f\U000e0041": "\u202e\u2028\x00học"}
	s := NewScreen(&b)
	if err := json.NewEncoder(s).Encode(in); err != nil {
		t.Fatal(err)
	}
	var out map[string]string
	if err := json.Unmarshal(b.Bytes(), &out); err != nil || len(out) != 1 {
		t.Fatalf("%s: %v", b.Bytes(), err)
	}
	for k, v := range in {
		if out[k] != v {
			t.Errorf("%q, want %q", out, in)
		}
	}
	if bytes.ContainsAny(b.Bytes(), "\x1b\u009b\r\x7f\u202e") {
		t.Errorf("%q", b.Bytes())
	}
}

type full struct{}

var errFull = errors.New("no space left on device")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestScreen_full(t *testing.T) {
	s := NewScreen(full{})
	_, _ = s.Write([]byte("a"))
	if _, err := s.Write([]byte("b")); !errors.Is(err, errFull) || !errors.Is(s.Err(), errFull) {
		t.Errorf("error %v, then %v", err, s.Err())
	}
}

func TestCell(t *testing.T) {
	if got := Cell("a\nb\r\tc"); got != `a\nb\r\tc` {
		t.Errorf("%q", got)
	}
}

// FuzzScreen: nothing that moves a cursor comes out, and text that prints stays.
func FuzzScreen(f *testing.F) {
	f.Add([]byte("\x1b]0;title\a"), 3)
	f.Add([]byte("học \xe1\xbb"), 1)
	f.Fuzz(func(t *testing.T, in []byte, step int) {
		step = max(1, min(step, len(in)+1))
		var b, whole bytes.Buffer
		s := NewScreen(&b)
		for at := 0; at < len(in); at += step {
			_, _ = s.Write(in[at:min(len(in), at+step)])
		}
		one := NewScreen(&whole)
		_, _ = one.Write(in)
		if s.Err() != nil || one.Err() != nil || !bytes.Equal(b.Bytes(), whole.Bytes()) {
			t.Fatalf("%q in pieces, %q at once", b.Bytes(), whole.Bytes())
		}
		for _, r := range b.String() {
			if r != '\n' && r != '\t' && !prints(r) {
				t.Fatalf("%q holds %U", b.Bytes(), r)
			}
		}
	})
}
