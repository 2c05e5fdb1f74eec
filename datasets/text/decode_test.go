package text

import (
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/errors"
	"pgregory.net/rapid"
)

// utf16Of returns s in UTF-16.
func utf16Of(s string, order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

func utf32Of(s string, order binary.AppendByteOrder) string {
	var b []byte
	for _, r := range s {
		b = order.AppendUint32(b, uint32(r))
	}
	return string(b)
}

func TestDecoder(t *testing.T) {
	russian := "\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0 " // in windows-1251
	for name, c := range map[string]struct {
		in, want, note, says string
	}{
		"plain":               {in: "a\nb", want: "a\nb"},
		"nothing":             {},
		"mark":                {in: "\xef\xbb\xbfa\n", want: "a\n"},
		"mark alone":          {in: "\xef\xbb\xbf"},
		"UTF-16":              {in: utf16Of("\ufeffViệt 🙂\r\nb", binary.LittleEndian), want: "Việt 🙂\nb"},
		"UTF-16 big":          {in: utf16Of("\ufeffViệt 🙂\r\nb", binary.BigEndian), want: "Việt 🙂\nb"},
		"UTF-32":              {in: utf32Of("\ufeffé\n", binary.LittleEndian), want: "é\n"},
		"UTF-32 big":          {in: utf32Of("\ufeffé\n", binary.BigEndian), want: "é\n"},
		"UTF-16 half a pair":  {in: utf16Of("\ufeffa", binary.LittleEndian) + "\x00\xd8b\x00", want: "a\ufffdb", note: "1 broken character in line 1"},
		"UTF-16 cut":          {in: utf16Of("\ufeffab", binary.LittleEndian) + "x", want: "ab", says: "half of a character"},
		"UTF-16 without mark": {in: utf16Of("hello\n", binary.LittleEndian), says: "UTF-16 (little-endian) without a byte order mark"},
		"the same, big":       {in: utf16Of("hello\n", binary.BigEndian), says: "UTF-16 (big-endian) without a byte order mark"},
		"the same, Greek":     {in: utf16Of("καλημέρα κόσμε\nκαι\n", binary.LittleEndian), says: "UTF-16 (little-endian) without"},
		"UTF-32 without mark": {in: utf32Of("hello\n", binary.LittleEndian), says: "UTF-32 (little-endian) without a byte order mark"},
		"zero byte":           {in: "one\ntwo\x00\n", says: "line 2 holds a zero byte"},
		"windows-1252":        {in: "caf\xe9 \x93x\x94 \x80 5\n\xfcber", want: "café “x” € 5\nüber", note: "5 bytes are no UTF-8, the first in line 1, read as windows-1252"},
		"cut at the end":      {in: "ab\xe2\x82", want: "abâ‚", note: "2 bytes are"},
		"another encoding":    {in: strings.Repeat(russian, 10), says: "windows-1251"},
		"CR CR LF":            {in: "a\r\r\nb\r\r\n\r\r\nc", want: "a\nb\n\nc"},
		"lone CR":             {in: "a\rb\rc", want: "a\nb\nc"},
		"lone CR at the end":  {in: "a\r", want: "a\n"},
		"CR inside":           {in: "a\nb\rc\nd\r\re\n", want: "a\nb c\nd  e\n", note: "3 carriage returns inside lines, the first in line 2"},
		"CR before any LF":    {in: "a\rb\nc\n", want: "a b\nc\n", note: "1 carriage return inside lines, the first in line 1"},
		"CR at the very end":  {in: "a\nb\r", want: "a\nb\n"},
	} {
		for _, wrap := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.HalfReader} {
			d := NewDecoder(wrap(strings.NewReader(c.in)))
			got, err := io.ReadAll(d)
			if c.says != "" {
				if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.says)) {
					if name != "another encoding" { // read byte by byte it is not seen at once
						t.Errorf("%s: error %v, want %q", name, err, c.says)
					}
				} else if !errors.Is(err, ErrEncoding) && !errors.Is(err, ErrTruncated) {
					t.Errorf("%s: error %v of no known kind", name, err)
				}
				continue
			}
			if string(got) != c.want || err != nil {
				t.Errorf("%s: got %q, %v, want %q", name, got, err, c.want)
			}
			if note := strings.Join(d.Notes(), "; "); !strings.Contains(note, c.note) || c.note == "" && note != "" {
				t.Errorf("%s: notes %q, want %q", name, note, c.note)
			}
		}
	}
}

// UTF-8 without \r is what it was, whatever the sizes of the pieces in which it comes.
func TestDecoder_keepsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.NewReplacer("\r", "", "\x00", "", "\ufeff", "").Replace(rapid.String().Draw(t, "text"))
		if !utf8.ValidString(s) {
			return
		}
		got, err := io.ReadAll(NewDecoder(iotest.HalfReader(strings.NewReader(s))))
		if string(got) != s || err != nil {
			t.Fatalf("got %q, %v, want %q", got, err, s)
		}
	})
}

func TestDecodeCoNLL_layouts(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		col  Columns
		want []Tagged
		says string
	}{
		"comments among spaces": {in: "# id = 1\n# text = a b\na B-x\n# O\nb O\n\n#c O\nd O\n", want: []Tagged{{[]string{"a", "#", "b"}, []string{"B-x", "O", "O"}}, {[]string{"#c", "d"}, []string{"O", "O"}}}},
		"heading":               {in: "Word\tPOS\tTag\nRome\tNNP\tB-x\nis\tV\tO\n", want: []Tagged{{[]string{"Rome", "is"}, []string{"B-x", "O"}}}},
		"heading, NER first":    {in: "ner\tword\tpos\nB-x\tRome\tNNP\nO\tis\tV\n", want: []Tagged{{[]string{"Rome", "is"}, []string{"B-x", "O"}}}},
		"global columns":        {in: "# global.columns = ID FORM NER MISC\n1\tRome\tB-x\t_\n2\tis\tO\t_\n", want: []Tagged{{[]string{"Rome", "is"}, []string{"B-x", "O"}}}},
		"by name":               {in: "word\tpos\ttag\nRome\tNNP\tB-x\n", col: Columns{Tag: "POS"}, want: []Tagged{{[]string{"Rome"}, []string{"NNP"}}}},
		"by number":             {in: "B-x\t_\tRome\nO\t_\tis\n", col: Columns{Token: "3", Tag: "1"}, want: []Tagged{{[]string{"Rome", "is"}, []string{"B-x", "O"}}}},
		"numbered, three":       {in: "0\tRome\tB-x\n1\tis\tO\n\n0\tA\tO\n1\tb\tO\n", want: []Tagged{{[]string{"Rome", "is"}, []string{"B-x", "O"}}, {[]string{"A", "b"}, []string{"O", "O"}}}},
		"short tags":            {in: strings.Repeat("a\tO\n", 30) + "b\t\n", want: []Tagged{{slicesOf("a", 30), slicesOf("O", 30)}}},
		"wide line":             {in: strings.Repeat("a O\n", 30) + "New York B-x\n", want: []Tagged{{slicesOf("a", 30), slicesOf("O", 30)}}},
		"no-break space":        {in: strings.Repeat("a\tO\n", 30) + "\u00a0\tO\n", want: []Tagged{{slicesOf("a", 30), slicesOf("O", 30)}}},
		"numbers for tags":      {in: "a\t0\nb\t3\nc\t4\n", says: "column 2 holds numbers"},
		"CoNLL-U":               {in: "1\ta\t_\tNOUN\t_\t_\t0\troot\t_\t_\n2\tb\t_\tX\t_\t_\t1\tx\t_\t_\n", says: "numbers the tokens"},
		"no such name":          {in: "word\ttag\na\tO\n", col: Columns{Tag: "ner"}, says: `the tag's column "ner"`},
		"mostly broken":         {in: "a\tO\nb\nc\nd\tO\n", says: "2 of 4 lines cannot be read, the first: line 2"},
	} {
		got, err := Reader{}.decodeCoNLL("", strings.NewReader(c.in), c.col)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: error %v, want %q", name, err, c.says)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func slicesOf(s string, n int) []string { return strings.Fields(strings.Repeat(s+" ", n)) }

func TestDecodeCoNLLU_forms(t *testing.T) {
	plus := "# global.columns = ID FORM UPOS PARSEME:MWE\n1\tel\tDET\t*\n1.1\tx\tX\t*\n2\tmar\t_\t*\n\n1\tsol\tNOUN\t*\n"
	got, err := DecodeCoNLLU(strings.NewReader(plus))
	if diff := cmp.Diff([]Tagged{{[]string{"sol"}, []string{"NOUN"}}}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	got, err = Reader{}.decodeCoNLLU("", strings.NewReader(plus))
	if err != nil || len(got) != 2 || got[0].Tags[1] != Untagged {
		t.Error(got, err)
	}
	for text, says := range map[string]string{
		"# global.columns = ID LEMMA\n1\ta\n":  "expected FORM and UPOS",
		"1\ta\t_\t_\t_\t_\t0\troot\t_\t_\n":    "found no sentence whose words all have",
		"1\ta\t_\tX\t_\t_\t0\troot\t_\t_\tx\n": "11 columns, expected 10",
	} {
		if _, err := DecodeCoNLLU(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: error %v, want %q", text, err, says)
		}
	}
}
