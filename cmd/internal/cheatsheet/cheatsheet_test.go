package cheatsheet

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/hocsau/hocsau/cmd/internal/run"
)

// ids of the cheatsheet, a section a line: section, last letter.
const ids = `
1.1
1.2 c
1.3 e
1.4 c
1.5 d
1.6 l
1.6.1 e
1.6.2 f
1.6.3 c
2.1 i
2.2 k
2.3 h
2.4 b
2.5 c
2.6 e
2.7 b
3.1 i
3.2 f
3.3 k
3.4 e
3.5 b
`

func wanted() []string {
	var all []string
	for _, line := range strings.Split(strings.TrimSpace(ids), "\n") {
		section, last, lettered := strings.Cut(line, " ")
		if !lettered {
			all = append(all, section)
			continue
		}
		for c := byte('a'); c <= last[0]; c++ {
			all = append(all, section+string(c))
		}
	}
	return all
}

// TestItems_complete: the table has every item, in order, and every row says
// all.
func TestItems_complete(t *testing.T) {
	var got []string
	for _, i := range Items() {
		got = append(got, i.ID)
		for name, field := range map[string]string{
			"Name": i.Name, "NameVI": i.NameVI, "About": i.About, "AboutVI": i.AboutVI,
			"Formula": i.Formula, "Symbol": i.Symbol, "Test": i.Test, "Show": i.Show,
		} {
			if strings.TrimSpace(field) != field || field == "" || strings.ContainsAny(field, "\n\t") {
				t.Errorf("%s: %s is %q, expected one line", i.ID, name, field)
			}
			if !norm.NFC.IsNormalString(field) {
				t.Errorf("%s: %s is not in NFC: %q", i.ID, name, field)
			}
		}
		if strings.ContainsAny(i.FormulaVI, "\n\t") || !norm.NFC.IsNormalString(i.FormulaVI) || i.FormulaVI != "" && !accented(i.FormulaVI) {
			t.Errorf("%s: formula %q, expected a line with Vietnamese words", i.ID, i.FormulaVI)
		}
		if !accented(i.AboutVI) || !accented(i.NameVI) {
			t.Errorf("%s: Vietnamese without a diacritic: %q, %q", i.ID, i.NameVI, i.AboutVI)
		}
		if !strings.HasSuffix(i.About, ".") || !strings.HasSuffix(i.AboutVI, ".") {
			t.Errorf("%s: expected sentences: %q, %q", i.ID, i.About, i.AboutVI)
		}
	}
	if want := wanted(); !slices.Equal(got, want) || len(want) != 115 {
		t.Errorf("%d items %v, expected the 115 of the cheatsheet: %v", len(got), got, want)
	}
}

// TestItems_document: the ids are those of the document, where there is one.
func TestItems_document(t *testing.T) {
	text, err := os.ReadFile("../../../../shared/CHEATSHEET.md")
	if err != nil {
		return // the list above stands for it
	}
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^\| ([0-9.]+)([a-z]?)(?:–([a-z]))? \|`).FindAllStringSubmatch(string(text), -1) {
		if m[2] == "" {
			want = append(want, m[1])
			continue
		}
		last := m[2][0]
		if m[3] != "" {
			last = m[3][0]
		}
		for c := m[2][0]; c <= last; c++ {
			want = append(want, m[1]+string(c))
		}
	}
	if got := wanted(); !slices.Equal(got, want) {
		t.Errorf("the list has %v, the document %v", got, want)
	}
}

// accented reports whether a word has a letter that only Vietnamese writes so.
func accented(s string) bool {
	for _, r := range strings.ToLower(norm.NFC.String(s)) {
		if r == 'đ' || r > unicode.MaxASCII && unicode.IsLetter(r) && unicode.Is(unicode.Latin, r) {
			return true
		}
	}
	return false
}

// TestWorked computes every number, in both languages.
func TestWorked(t *testing.T) {
	for _, i := range Items() {
		for _, l := range []Lang{English, Vietnamese} {
			got, err := i.Worked(l)
			if err != nil {
				t.Error(err)
				continue
			}
			if !strings.ContainsAny(got, "0123456789") || strings.Contains(got, "NaN") || strings.Contains(got, "Inf") || strings.Contains(got, "%!") || strings.ContainsAny(got, "\n\t") {
				t.Errorf("%s: worked %q", i.ID, got)
			}
			if again, err := i.Worked(l); again != got || err != nil {
				t.Errorf("%s: worked %q, then %q, %v", i.ID, got, again, err)
			}
		}
	}
}

// Some numbers that can be checked in the head.
func TestWorked_known(t *testing.T) {
	for id, want := range map[string]string{
		"1.3d":   "P_start = 0, P_end = 1, O = 3",  // 2·3 − 6 + 3 − 2 = 1
		"1.4b":   "CONV F = 5, C = 3, K = 10: 760", // (75 + 1)·10
		"1.4c":   "R_2 = 5",                        // the cheatsheet's own example
		"1.6.1e": "ℓ = 0.59",                       // 0.64 − 0.25 + 0.2
		"1.6.2d": "G = (5, 11, 11, 25)",            // 1 + 4, 3 + 8, 9 + 16
		"2.2c":   "g ← (0.6, 0.8)",                 // (3, 4)/5
		"2.4a":   "0.8, θ = 36.87°",                // 4/5
		"2.5c":   "PP = 3.175",                     // 32^⅓
		"2.6b":   "B = 1: a, P = 0.3; B = 2: b c, P = 0.36",
		"2.7b":   "α = (0.125, 0.25, 0.625)",              // 1/8, 2/8, 5/8
		"3.3k":   "w → 0 → −1.5",                          // 1 − 0.5·2, 0 − 0.5·3
		"3.4d":   "5.3, ∂/∂θ = (1, −1.2, 0)",              // 0.5·(0.8·7 + 0.2·25)
		"3.4e":   "stops after epoch 5, best was epoch 3", // two epochs without a better one
	} {
		i := Find(id)
		if len(i) != 1 {
			t.Fatalf("%s: %d items", id, len(i))
		}
		if got, err := i[0].Worked(English); err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: worked %q, %v, want %q in it", id, got, err, want)
		}
	}
}

func TestFind(t *testing.T) {
	for word, want := range map[string]string{
		"1.3d": "1.3d", "1.3D": "1.3d", "§1.3d": "1.3d", "1.3": "1.3a 1.3b 1.3c 1.3d 1.3e", "1.1": "1.1", "1.6.3": "1.6.3a 1.6.3b 1.6.3c",
		"2.4": "2.4a 2.4b", "dropout": "3.4a", "beam": "2.6b", "Dừng sớm": "3.4e", "dung som": "3.4e", "tsne": "2.4b", "non-max": "1.6h", "non max": "1.6h", "lan truyền ngược": "2.1i 3.2e", "gan": "1.6.3a", "1.7": "", "4": "", "1.3z": "", "": "", "xyzzy": "",
	} {
		var got []string
		for _, i := range Find(word) {
			got = append(got, i.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %v, want %s", word, got, want)
		}
	}
	if n := len(Find("1")); n != 42 {
		t.Errorf("chapter 1 has %d items, want 42", n)
	}
	if n := len(Find("1.6")); n != 26 {
		t.Errorf("§1.6 with its parts has %d items, want 26", n)
	}
}

func TestSections(t *testing.T) {
	known := map[string]bool{}
	for _, s := range Sections() {
		known[s.ID] = true
		if s.Name == "" || !accented(s.NameVI) {
			t.Errorf("%+v", s)
		}
	}
	for _, i := range Items() {
		if !known[i.Section()] {
			t.Errorf("%s: no section %s", i.ID, i.Section())
		}
	}
}

// TestPage holds docs/cheatsheet.md to the table. Another processor may round
// the last digit of a worked number otherwise.
func TestPage(t *testing.T) {
	for name, l := range map[string]Lang{"cheatsheet.md": English, "cheatsheet.vi.md": Vietnamese} {
		want, err := Page(l)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("../../../docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if !alike(string(got), string(want)) {
			t.Errorf("docs/%s is stale: run go generate ./cmd/internal/cheatsheet", name)
		}
	}
}

// number is one as num writes it, without its sign.
var number = regexp.MustCompile(`[0-9]+(\.[0-9]+)?(e−[0-9]+)?`)

// alike reports whether two texts are equal but for rounding.
func alike(a, b string) bool {
	if number.ReplaceAllString(a, "#") != number.ReplaceAllString(b, "#") {
		return false
	}
	x, y := number.FindAllString(a, -1), number.FindAllString(b, -1)
	for i := range x {
		v, errV := strconv.ParseFloat(strings.ReplaceAll(x[i], "−", "-"), 64)
		w, errW := strconv.ParseFloat(strings.ReplaceAll(y[i], "−", "-"), 64)
		if x[i] != y[i] && (errV != nil || errW != nil || math.Abs(v-w) > 0.02+0.02*math.Abs(v)) {
			return false
		}
	}
	return true
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"P = 1, O = 3", "P = 1, O = 3", true}, {"x = 0.3333", "x = 0.3334", true}, {"2.467e−05", "2.468e−05", true},
		{"P = 1", "P = 2", false}, {"1.3d", "1.3e", false}, {"x = 1", "x = 1, 2", false}, {"61,706", "61,806", false},
	} {
		if alike(c.a, c.b) != c.want {
			t.Errorf("%q and %q alike: want %t", c.a, c.b, c.want)
		}
	}
}

// runs the command and returns its output.
func runs(t *testing.T, asJSON bool, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c := Command(&run.App{Out: &out, Err: &out, JSON: asJSON})
	c.GroupID = "" // the group is the root command's
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(args)
	err := c.Execute()
	return out.String(), err
}

func TestCommand(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"1.2  Kinds of layers\n", "  1.3d    Zero-padding: Same ", "P_start = ⌊(S⌈I/S⌉ − I + F − S)/2⌋", "\n3.5  Good practices\n"}},
		{[]string{"--lang", "vi"}, []string{"1.2  Các kiểu tầng\n", "Độ tương đồng cosine"}},
		{[]string{"1.3d"}, []string{"§1.3  Convolutional networks · Hyper-parameters of a filter", "formula    P_start", "worked     I = 6", "code       graph/nn.SamePad", "test       go test ./graph/nn -run '^TestSection1_3_SamePad$'", "show       jupyter notebook notebooks/01-convolution.ipynb"}},
		{[]string{"2.6c", "--lang", "vi"}, []string{"Chuẩn hóa độ dài", "công thức  1/T_y^α", "ví dụ      b c", "translate last 'ngày 4 tháng 3 năm 1999'"}},
		{[]string{"2.4"}, []string{"2.4a    Cosine similarity\n", "2.4b    t-SNE\n"}},
		{[]string{"elastic", "net"}, []string{"3.4d    Elastic Net\n"}},
	} {
		out, err := runs(t, false, c.args...)
		if err != nil {
			t.Fatalf("%v: %v", c.args, err)
		}
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%v: output lacks %q:\n%s", c.args, want, out)
			}
		}
	}
}

func TestCommand_json(t *testing.T) {
	out, err := runs(t, true)
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 115 {
		t.Errorf("%d objects, want 115", len(rows))
	}
	for _, r := range rows {
		for _, key := range []string{"id", "section", "name", "name_vi", "about", "formula", "symbol", "test", "show", "worked"} {
			if s, ok := r[key].(string); !ok || s == "" {
				t.Errorf("%v: %s is %v", r["id"], key, r[key])
			}
		}
	}
	if out, err := runs(t, true, "1.3"); err != nil || strings.Count(out, `"id"`) != 5 || strings.Count(out, "\n") != 1 {
		t.Errorf("§1.3: %v\n%s", err, out)
	}
}

func TestCommand_refuses(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"1.3z", "did you mean 1.3a, 1.3b, 1.3c, 1.3d, 1.3e?"},
		{"1.6.1f", "did you mean 1.6.1a"},
		{"3.6", "did you mean 3.1, 3.2, 3.3, 3.4, 3.5?"},
		{"4.1", `cheatsheet "4.1": expected an id such as 1.3d`},
		{"droput", "did you mean 3.4a (Dropout)?"},
		{"perplexty", "2.5c (Perplexity)"},
		{"qqqq", "or a word of a name"},
		{"1.3d --lang fr", `--lang "fr": expected en or vi`},
	} {
		_, err := runs(t, false, strings.Fields(c.args)...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.args, err, c.want)
		}
		var usage run.UsageError
		if !errors.As(err, &usage) {
			t.Errorf("%s: %T, want a wrong use", c.args, err)
		}
	}
}

func TestCommand_completes(t *testing.T) {
	list := completions(Vietnamese)
	if len(list) != 115-1+len(Sections()) || !slices.Contains(list, "2.4a\tĐộ tương đồng cosine") {
		t.Errorf("%d completions: %q", len(list), list)
	}
}

// A terminal gets lines of its width.
func TestField(t *testing.T) {
	var b bytes.Buffer
	field(&b, "about", "một hai ba bốn năm sáu", 30)
	if want := "        about      một hai ba\n                   bốn năm sáu\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	if got := cut("P_start = ⌊x⌋", 8); got != "P_start…" {
		t.Errorf("got %q", got)
	}
}
