package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/zoo/catalog"
)

// The documents are tried as a reader tries them: each in an empty folder, line
// by line. What happens to a line is one of these, and the log says which:
//
//	run       as it stands
//	stopped   a training: as it stands, until its first checkpoint is on the
//	          disk, then interrupted as by Ctrl-C; what follows uses that run
//	reduced   with the settings that reduced has for it
//	stand-in  the data set that it names is not on this machine: checked as it
//	          stands up to the point where the data is missing, then run with the
//	          data that the model has built in
//	checked   flags, arguments, names and folders only, for one of the reasons
//	          in notHere
//
// A line that is none of these fails; a line that needs a network which has
// learnt may fail as unlearnt has it. With HOCSAU_DATA the sets in that folder
// are used as the documents name them.

// notHere has the beginnings of lines that are not run, with the reason. Those
// of hocsau itself and of go are still checked.
var notHere = []struct{ begin, why string }{
	{"hocsau data get", "needs a network"},
	{"hocsau weights get", "needs a network"},
	{"hocsau check tips", "trains ten networks for half an hour; TestCheck_tips does it with small ones"},
	{"hocsau bench ", "measures for seconds what a test cannot judge"},
	{"go build", "the build section of .ci/run does it"},
	{"go test", "the tests section of .ci/run does it, and this is one of them"},
	{"go generate", "the generated section of .ci/run does it"},
	{"go get", "needs a network"},
	{"go mod init", "makes a module of the reader's own"},
	{"go install", "needs a network"},
	{"git clone", "needs a network"},
	{"cd ", "changes only where the reader is"},
	{".ci/run", "runs these tests"},
	{"./gophernotes install", "the notebooks section of .ci/run does it"},
	{"jupyter ", "the notebooks section of .ci/run does it"},
	{"pip install", "needs a network"},
	{"tensorboard ", "another program"},
}

// reduced has the beginnings of lines that are run with further settings, which
// make them end in a moment, with the reason.
var reduced = []struct{ begin, more, why string }{
	{"hocsau train squeezenet --data cifar10 --weights", "--set size=64", "features of large pictures take long"},
	{"hocsau train triplet --data orl", "--data folder --data-dir people --epochs 1 --batch 8 --set pictures=2,dim=16", "verify and identify need a run that ended"},
	{"hocsau train triplet --data folder", "--epochs 1 --batch 8 --set pictures=2,dim=16", "verify and identify need a run that ended"},
	{"hocsau style cat.png painting.jpg", "--steps 3", "200 steps take long"},
}

// unlearnt has the beginnings of lines that a network which has hardly learnt
// cannot do, with what they then say.
var unlearnt = []struct{ begin, says string }{
	{"hocsau generate runs/tunes", "tune 1: abc: "},
}

// docData is the folder of data that this machine has, kept before TestMain
// hides it.
var docData = os.Getenv(datasets.Variable)

// docEnviron is what TestMain changes, for the go command and its cache.
var docEnviron = os.Environ()

// languages has what a block of a document may be; sh is tried here, go by
// internal/lint.
var languages = []string{"sh", "go", "text", "yaml", "json", "mermaid", "python", "csv"}

// A docLine is a line of a block of commands.
type docLine struct {
	at, text string
}

// document is what of a Markdown file can be tried.
type document struct {
	path   string
	lines  []docLine // of the blocks
	inline []docLine // commands within the text
}

var inlineCode = regexp.MustCompile("`([^`\n]+)`")

// readDocument takes a Markdown file apart.
func readDocument(t *testing.T, root, path string) document {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	d := document{path: filepath.ToSlash(path)}
	block, joined := "", ""
	for i, s := range strings.Split(string(b), "\n") {
		at := fmt.Sprintf("%s:%d", d.path, i+1)
		if language, fence := strings.CutPrefix(strings.TrimSpace(s), "```"); fence {
			switch {
			case block != "":
				block = ""
			case slices.Contains(languages, language):
				block = language
			default:
				t.Errorf("%s: a block of %q, expected one of %s", at, language, strings.Join(languages, ", "))
				block = "text"
			}
			continue
		}
		if block == "sh" {
			s = joined + s
			if joined = ""; strings.HasSuffix(s, `\`) {
				joined = strings.TrimSuffix(s, `\`)
				continue
			}
			d.lines = append(d.lines, docLine{at, s})
			continue
		}
		if block == "" {
			// A bar within a table is written \|.
			for _, m := range inlineCode.FindAllStringSubmatch(strings.ReplaceAll(s, `\|`, "|"), -1) {
				d.inline = append(d.inline, docLine{at, m[1]})
			}
		}
	}
	return d
}

// shellWords takes a line apart as a shell does, up to a comment; "&&" is a word.
func shellWords(s string) []string {
	var words []string
	word, open := "", false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '#' && !open:
			return words
		case c == '\'' || c == '"':
			end := strings.IndexByte(s[i+1:], c)
			if end < 0 {
				return append(words, s[i:])
			}
			word, open = word+s[i+1:i+1+end], true
			i += end + 1
		case c == ' ' || c == '\t':
			if open {
				words = append(words, word)
			}
			word, open = "", false
		default:
			word, open = word+string(c), true
		}
	}
	if open {
		words = append(words, word)
	}
	return words
}

func TestShellWords(t *testing.T) {
	for line, want := range map[string][]string{
		"":                                  nil,
		"# only a comment":                  nil,
		"hocsau train lenet   # learns":     {"hocsau", "train", "lenet"},
		`hocsau predict last --text "a b" `: {"hocsau", "predict", "last", "--text", "a b"},
		"a 'b c'd && e#f":                   {"a", "b cd", "&&", "e#f"},
	} {
		if got := shellWords(line); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// commands takes a line apart into commands, without what they are called by:
// the settings in front of them, and the ways to start hocsau.
func commands(line string) [][]string {
	var all [][]string
	var one []string
	for _, w := range append(shellWords(line), "&&") {
		if w != "&&" {
			one = append(one, w)
			continue
		}
		for len(one) > 0 && strings.HasPrefix(one[0], "HOCSAU_") && strings.Contains(one[0], "=") {
			one = one[1:]
		}
		switch {
		case len(one) > 2 && one[0] == "go" && one[1] == "run" && one[2] == "./cmd/hocsau":
			one = append([]string{"hocsau"}, one[3:]...)
		case len(one) > 0 && one[0] == "./hocsau":
			one[0] = "hocsau"
		}
		if len(one) > 0 {
			all = append(all, one)
		}
		one = nil
	}
	return all
}

func TestDocs_commands(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	paths, err := fs.Glob(os.DirFS(root), "*.md")
	if err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		path, err = filepath.Rel(root, path)
		paths = append(paths, path)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if docData != "" {
		t.Setenv(datasets.Variable, docData)
	} else {
		t.Logf("%s is not set: sets that the program has not built in are stood in for", datasets.Variable)
	}
	for _, path := range paths {
		t.Run(filepath.ToSlash(path), func(t *testing.T) {
			d := readDocument(t, root, path)
			checkLinks(t, root, path)
			x := &docReader{t: t, root: root, app: &run.App{Areas: areas(catalog.Zoo())}}
			for _, l := range d.inline {
				x.inline(l)
			}
			if len(d.lines) == 0 {
				return
			}
			docPlace(t, root)
			for _, l := range d.lines {
				for _, words := range commands(l.text) {
					x.try(l, words)
				}
			}
		})
	}
}

var link = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)

// checkLinks checks that what a document links to within the repository is there.
func checkLinks(t *testing.T, root, path string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range link.FindAllStringSubmatch(inlineCode.ReplaceAllString(string(b), ""), -1) {
		if strings.Contains(m[1], "://") {
			continue
		}
		if _, err := os.Stat(filepath.Join(root, filepath.Dir(path), filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("%s: a link to %s: %v", path, m[1], err)
		}
	}
}

// docReader tries one document in the folder it is in.
type docReader struct {
	t    *testing.T
	root string // of the repository
	app  *run.App
}

// say logs what was done with a command.
func (x *docReader) say(l docLine, start time.Time, did string, words []string) {
	x.t.Logf("%s: %s in %.1f s: %s", l.at, did, time.Since(start).Seconds(), strings.Join(words, " "))
}

// try does with a command what a reader does.
func (x *docReader) try(l docLine, words []string) {
	start, line := time.Now(), strings.Join(words, " ")
	for _, n := range notHere {
		if !strings.HasPrefix(line+" ", n.begin) {
			continue
		}
		switch words[0] {
		case "hocsau":
			x.check(l, words[1:])
		case "go":
			x.checkGo(l, words)
		case ".ci/run":
			x.checkSections(l, words[1:])
		}
		x.say(l, start, "checked, "+n.why+",", words)
		return
	}
	switch {
	case words[0] == "hocsau" && len(words) > 1:
		x.hocsau(l, words[1:])
	case len(words) >= 3 && words[0] == "go" && words[1] == "run" && strings.HasPrefix(words[2], "./docs/examples/"):
		c := exec.CommandContext(x.t.Context(), "go", words[1:]...)
		c.Dir, c.Env = x.root, docEnviron
		if out, err := c.CombinedOutput(); err != nil {
			x.t.Errorf("%s: %s: %v: %s", l.at, line, err, out)
		}
		x.say(l, start, "run", words)
	default:
		x.t.Errorf("%s: %q: nobody says what this is; hocsau, go and what notHere lists can be tried", l.at, line)
	}
}

// shortForms are the commands that texts and tables write without hocsau.
var shortForms = []string{"train", "eval", "predict", "generate", "detect", "check", "summary", "bench"}

// ownData are the names that --data takes for somebody's own files.
var ownData = []string{"idx", "folder", "voc", "coco", "text", "files", "conll", "conllu", "tsv"}

// elsewhere returns where args name a data set that this machine does not have:
// the index of its name, 0 for none.
func (x *docReader) elsewhere(args []string) int {
	at := 0
	for i, a := range args {
		if a == "--data" {
			at = i + 1
		}
	}
	if len(args) > 2 && args[0] == "data" && args[1] == "preview" {
		at = 2
	}
	if at == 0 || at >= len(args) || slices.Contains(ownData, args[at]) {
		return 0
	}
	set, err := datasets.Lookup(args[at])
	if err != nil || set.Origin == datasets.BuiltIn {
		return 0
	}
	if _, err := datasets.Find(args[at], ""); err == nil {
		return 0
	}
	return at
}

// hocsau runs a command of this program.
func (x *docReader) hocsau(l docLine, args []string) {
	start, did, line := time.Now(), "run", "hocsau "+strings.Join(args, " ")
	short := slices.IndexFunc(reduced, func(r struct{ begin, more, why string }) bool { return strings.HasPrefix(line, r.begin) })
	if short >= 0 {
		if x.elsewhere(args) > 0 {
			x.check(l, args)
		}
		args, did = append(slices.Clone(args), strings.Fields(reduced[short].more)...), "reduced, "+reduced[short].why
	}
	if at := x.elsewhere(args); at > 0 {
		x.check(l, args)
		args, did = slices.Clone(args), did+", stand-in"
		switch m, err := x.app.Model(modelOf(args)); {
		case args[0] == "data":
			args[at] = "shapes"
		case err != nil:
			x.t.Errorf("%s: %v", l.at, err)
			return
		default:
			args[at] = m.Data[0]
		}
		if i := slices.Index(args, "--data-dir"); i > 0 {
			args = slices.Delete(args, i, i+2)
		}
	}
	ctx, cancel := context.WithTimeout(x.t.Context(), 2*time.Minute)
	defer cancel()
	if args[0] == "train" && short < 0 {
		args = append(slices.Clone(args), "--set", "save_every=100ms", "--offline")
		did += ", stopped"
		defer untilCheckpoint(start, cancel)()
	}
	r := hocsauIn(ctx, nil, args...)
	switch {
	case r.code == exitInterrupted && args[0] == "train" && strings.Contains(r.err, "the run is saved"):
	case r.code == exitFailure && slices.ContainsFunc(unlearnt, func(u struct{ begin, says string }) bool {
		return strings.HasPrefix(line, u.begin) && strings.Contains(r.err, u.says)
	}):
		did += ", but unlearnt,"
	case r.code != exitOK:
		x.t.Errorf("%s: hocsau %s: exit %d: %s", l.at, strings.Join(args, " "), r.code, r.err)
	}
	x.say(l, start, did, append([]string{"hocsau"}, args...))
}

// modelOf returns the model that a command names.
func modelOf(args []string) string {
	if args[0] == "check" {
		args = args[1:]
	}
	if len(args) < 2 {
		return ""
	}
	if args[0] == "tips" {
		return "resnet20"
	}
	return args[1]
}

// untilCheckpoint calls stop once a checkpoint younger than start lies in a run
// below the working folder; the function it returns ends the watch.
func untilCheckpoint(start time.Time, stop func()) func() {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
			found, _ := filepath.Glob(filepath.Join("runs", "*", "last", "meta.json"))
			for _, path := range found {
				if info, err := os.Stat(path); err == nil && info.ModTime().After(start) {
					stop()
				}
			}
		}
	}()
	return func() { close(done); <-ended }
}

// check runs a command that is interrupted before it begins and may download
// nothing: what it says must not be that it is used wrongly.
func (x *docReader) check(l docLine, args []string) {
	args = slices.Clone(args)
	if c, _, err := root(x.app).Find(args); err == nil && c.Flags().Lookup("offline") != nil {
		args = append(args, "--offline")
	}
	ctx, cancel := context.WithCancel(x.t.Context())
	cancel()
	r := hocsauIn(ctx, nil, args...)
	if r.code == exitUsage || strings.Contains(r.err, "internal error") {
		x.t.Errorf("%s: hocsau %s: exit %d: %s", l.at, strings.Join(args, " "), r.code, r.err)
	}
}

// inline checks a command within a text: that there is such a command with such
// flags, and that its models and data sets are known. Words in capitals stand
// for something of the reader's.
func (x *docReader) inline(l docLine) {
	for _, words := range commands(l.text) {
		if len(words) > 1 && slices.Contains(shortForms, words[0]) {
			words = append([]string{"hocsau"}, words...)
		}
		if len(words) < 2 || words[0] != "hocsau" {
			continue
		}
		for _, args := range alternatives(words[1:]) {
			if err := x.known(args); err != nil {
				x.t.Errorf("%s: `%s`: %v", l.at, l.text, err)
			}
		}
	}
}

// known returns an error for a command, a flag, a model or a data set that is
// not known.
func (x *docReader) known(args []string) error {
	c, rest, err := root(x.app).Find(args)
	if err != nil {
		return err
	}
	if !c.Runnable() && len(rest) > 0 {
		return fmt.Errorf("%q, expected a command", rest[0])
	}
	if err := c.ParseFlags(rest); err != nil {
		return err
	}
	own := func(name string) bool { return name == strings.ToUpper(name) || strings.Contains(name, "/") }
	path := strings.Fields(c.CommandPath())
	if slices.Contains([]string{"train", "summary", "check"}, path[1]) && c.Flags().NArg() > 0 && !own(c.Flags().Arg(0)) {
		if _, err := x.app.Model(c.Flags().Arg(0)); err != nil {
			return err
		}
	}
	if f := c.Flags().Lookup("data"); f != nil && f.Changed && !own(f.Value.String()) {
		if _, err := datasets.Lookup(f.Value.String()); err != nil {
			return err
		}
	}
	return nil
}

// alternatives writes out words such as a|b, brackets, and capitals that stand
// for a number.
func alternatives(words []string) [][]string {
	lists := [][]string{nil}
	for _, w := range words {
		var next [][]string
		for _, part := range strings.Split(strings.Trim(w, "[]…"), "|") {
			if part == "N" || part == "B" {
				part = "2"
			}
			for _, l := range lists {
				next = append(next, append(slices.Clone(l), part))
			}
		}
		lists = next
	}
	return lists
}

// checkGo checks that the packages which a go command names are there, with the
// tests, benchmarks and fuzz targets that it asks for.
func (x *docReader) checkGo(l docLine, words []string) {
	if len(words) < 3 || words[1] == "get" || words[1] == "mod" || words[1] == "install" {
		return
	}
	pattern, kind := "", ""
	var dirs []string
	for i := 2; i < len(words); i++ {
		switch w := words[i]; {
		case w == "-bench" || w == "-fuzz" || w == "-run":
			if i++; i < len(words) && (kind == "" || w != "-run") {
				pattern, kind = words[i], map[string]string{"-bench": "Benchmark", "-fuzz": "Fuzz", "-run": "Test"}[w]
			}
		case strings.HasPrefix(w, "./"):
			dirs = append(dirs, w)
		case strings.HasPrefix(w, "-"):
			i++
		}
	}
	if len(dirs) == 0 {
		x.t.Errorf("%s: %s: expected the folder of a package", l.at, strings.Join(words, " "))
	}
	for _, dir := range dirs {
		dir, _ = strings.CutSuffix(dir, "...")
		files, err := filepath.Glob(filepath.Join(x.root, filepath.FromSlash(dir), "*.go"))
		if info, serr := os.Stat(filepath.Join(x.root, filepath.FromSlash(dir))); err != nil || serr != nil || !info.IsDir() {
			x.t.Errorf("%s: %s: no folder %s", l.at, strings.Join(words, " "), dir)
			continue
		}
		if kind == "" || pattern == "^$" || pattern == "xxx" {
			continue
		}
		text := ""
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				x.t.Fatal(err)
			}
			text += string(b)
		}
		if !regexp.MustCompile(`func ` + kind + `\w*` + pattern + `|func ` + pattern).MatchString(text) {
			x.t.Errorf("%s: %s: %s has no %s… of that name", l.at, strings.Join(words, " "), dir, kind)
		}
	}
}

// checkSections checks the sections of .ci/run.
func (x *docReader) checkSections(l docLine, names []string) {
	b, err := os.ReadFile(filepath.Join(x.root, ".ci", "run"))
	if err != nil {
		x.t.Fatal(err)
	}
	for _, n := range names {
		if !strings.Contains(string(b), "section_"+n+"()") {
			x.t.Errorf("%s: .ci/run has no section %s", l.at, n)
		}
	}
}
