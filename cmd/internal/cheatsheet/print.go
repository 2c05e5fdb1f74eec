package cheatsheet

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/hocsau/hocsau/cmd/internal/run"
)

// list prints id, name and formula of all items, section by section.
func list(a *run.App, l Lang) error {
	items := Items()
	wide, width := 0, a.Terminal()
	for _, i := range items {
		wide = max(wide, utf8.RuneCountInString(l.of(i.Name, i.NameVI)))
	}
	w := bufio.NewWriter(a.Out)
	for n, s := range Sections() {
		if n > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s  %s\n", s.ID, l.of(s.Name, s.NameVI))
		for _, i := range items {
			if i.Section() == s.ID {
				fmt.Fprintln(w, cut(fmt.Sprintf("  %-7s %s  %s", i.ID, fill(l.of(i.Name, i.NameVI), wide), i.formula(l)), width))
			}
		}
	}
	fmt.Fprintf(w, "\n%s cheatsheet 1.3d%s  %s\n", run.Self(), l.of("", " --lang vi"),
		l.of("shows an item: a worked number, code, test, what to run", "cho xem một mục: ví dụ bằng số, mã nguồn, kiểm tra, lệnh để chạy thử"))
	return w.Flush()
}

// show prints items with all that is known of them.
func show(a *run.App, l Lang, items []Item) error {
	w := bufio.NewWriter(a.Out)
	heading := ""
	for n, i := range items {
		if n > 0 {
			fmt.Fprintln(w)
		}
		if s := i.Section(); s != heading {
			fmt.Fprintf(w, "§%s  %s\n\n", s, sectionName(s, l))
			heading = s
		}
		if err := block(w, l, i, a.Terminal()); err != nil {
			return err
		}
	}
	return w.Flush()
}

// sectionName returns the name of a section with that of its chapter.
func sectionName(id string, l Lang) string {
	name := ""
	for _, s := range Sections() {
		if s.ID == id || s.ID == id[:1] {
			if name != "" {
				name += " · "
			}
			name += l.of(s.Name, s.NameVI)
		}
	}
	return name
}

// block prints one item.
func block(w io.Writer, l Lang, i Item, width int) error {
	worked, err := i.Worked(l)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%-7s %s\n", i.ID, l.of(i.Name, i.NameVI))
	field(w, "", l.of(i.About, i.AboutVI), width)
	field(w, l.of("formula", "công thức"), i.formula(l), width)
	field(w, l.of("worked", "ví dụ"), worked, width)
	field(w, l.of("code", "mã nguồn"), strings.Join(append([]string{i.Symbol}, i.Also...), ", "), width)
	// What is to be typed stays in one line.
	field(w, l.of("test", "kiểm tra"), testCommand(i.Test), 0)
	_, err = fmt.Fprintf(w, "        %s  %s\n", fill(l.of("show", "chạy thử"), 9), showCommand(i.Show, l))
	return err
}

// testCommand returns how a test is run.
func testCommand(test string) string {
	dir, name := splitSymbol(test)
	return fmt.Sprintf("go test ./%s -run '^%s$'", dir, name)
}

// showCommand returns what to type.
func showCommand(show string, l Lang) string {
	if strings.HasSuffix(show, ".ipynb") {
		if l == Vietnamese {
			show = path.Join(path.Dir(show), "vi", path.Base(show))
		}
		return "jupyter notebook " + show
	}
	parts := strings.Split(show, " && ")
	for i, p := range parts {
		parts[i] = run.Self() + strings.TrimPrefix(p, "hocsau")
	}
	return strings.Join(parts, " && ")
}

// splitSymbol returns the package and the rest of graph/nn.Conv2d.
func splitSymbol(symbol string) (pkg, name string) {
	folder := strings.LastIndexByte(symbol, '/') + 1
	last, name, _ := strings.Cut(symbol[folder:], ".")
	return symbol[:folder] + last, name
}

// field prints a text behind its label, broken into lines at the width of the
// terminal where there is one.
func field(w io.Writer, label, text string, width int) {
	indent := 8
	if label != "" {
		fmt.Fprintf(w, "        %s  ", fill(label, 9))
		indent += 9 + 2
	} else {
		fmt.Fprint(w, "        ")
	}
	at := indent
	for k, word := range strings.Split(text, " ") {
		n := utf8.RuneCountInString(word)
		if k > 0 && width > 0 && at+1+n > width {
			fmt.Fprintf(w, "\n%*s", indent, "")
			at = indent
		} else if k > 0 {
			fmt.Fprint(w, " ")
			at++
		}
		fmt.Fprint(w, word)
		at += n
	}
	fmt.Fprintln(w)
}

// fill makes s so many letters wide.
func fill(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// cut shortens a line to the width of the terminal where there is one.
func cut(s string, width int) string {
	r := []rune(s)
	if width <= 1 || len(r) <= width {
		return s
	}
	return string(r[:width-1]) + "…"
}
