package kernel

import (
	"encoding/json"
	"fmt"
	"go/scanner"
	"go/token"
	"os"
	"os/exec"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// wholeLetters returns how many bytes of b end with a whole letter of UTF-8.
func wholeLetters(b []byte) int {
	for back := 1; back <= min(utf8.UTFMax-1, len(b)); back++ {
		if i := len(b) - back; utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

// byteOf turns a position in letters, as front ends count, into one in bytes.
func byteOf(code string, letters int) int {
	at := 0
	for i := range code {
		if at >= letters {
			return i
		}
		at++
	}
	return len(code)
}

func lettersOf(code string, bytes int) int { return utf8.RuneCountInString(code[:bytes]) }

func (k *Kernel) complete(m *message) dict {
	var c struct {
		Code   string `json:"code"`
		Cursor int    `json:"cursor_pos"`
	}
	if err := json.Unmarshal(m.content, &c); err != nil {
		return dict{"status": "error", "ename": "BadRequest", "evalue": err.Error(), "traceback": []string{}}
	}
	cursor := byteOf(c.Code, c.Cursor)
	words, start := k.interpreter.complete(c.Code, cursor)
	if words == nil {
		words = []string{}
	}
	return dict{
		"status": "ok", "matches": words, "cursor_start": lettersOf(c.Code, start), "cursor_end": lettersOf(c.Code, cursor), "metadata": dict{},
	}
}

func (k *Kernel) inspect(m *message) dict {
	var c struct {
		Code   string `json:"code"`
		Cursor int    `json:"cursor_pos"`
	}
	if err := json.Unmarshal(m.content, &c); err != nil {
		return dict{"status": "error", "ename": "BadRequest", "evalue": err.Error(), "traceback": []string{}}
	}
	says, found := k.interpreter.inspect(c.Code, byteOf(c.Code, c.Cursor))
	reply := dict{"status": "ok", "found": found, "data": dict{}, "metadata": dict{}}
	if found {
		reply["data"] = dict{mimeText: says}
	}
	return reply
}

// isComplete says whether a cell can be run as it is: brackets, strings and
// comments are closed, and the last line does not end in an operator.
func isComplete(m *message) dict {
	var c struct {
		Code string `json:"code"`
	}
	if err := json.Unmarshal(m.content, &c); err != nil {
		return dict{"status": "unknown"}
	}
	status := completeness(c.Code)
	reply := dict{"status": status}
	if status == "incomplete" {
		reply["indent"] = "\t"
	}
	return reply
}

func completeness(code string) string {
	var s scanner.Scanner
	open := false
	invalid := false
	fset := token.NewFileSet()
	s.Init(fset.AddFile("", fset.Base(), len(code)), []byte(code), func(_ token.Position, says string) {
		if strings.Contains(says, "not terminated") {
			open = true
		} else {
			invalid = true
		}
	}, 0)
	depth := 0
	last := token.EOF
	for {
		_, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		switch tok {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
		}
		if tok != token.SEMICOLON || lit != "\n" {
			last = tok
		}
	}
	switch {
	case depth < 0:
		return "invalid"
	case open || depth > 0 || last.IsOperator() && !closes(last):
		return "incomplete"
	case invalid:
		return "invalid"
	}
	return "complete"
}

// closes reports whether a statement may end with an operator.
func closes(t token.Token) bool {
	switch t {
	case token.RPAREN, token.RBRACK, token.RBRACE, token.INC, token.DEC, token.SEMICOLON, token.ELLIPSIS, token.MUL:
		return true
	}
	return false
}

// special runs the lines at the top of a cell that are commands of the notebook,
// which begin with : or %, or of a shell, which begin with $. It returns the rest
// of the cell, and whether nothing is left.
func (k *Kernel) special(code string) (rest string, all bool, failed *failure) {
	lines := strings.Split(code, "\n")
	for i, line := range lines {
		word := strings.TrimSpace(line)
		switch {
		case word == "" || strings.HasPrefix(word, "//"):
			continue
		case word == ":help" || word == "%help":
			_, _ = os.Stdout.WriteString(help)
		case strings.HasPrefix(word, ":go111module") || strings.HasPrefix(word, "%go111module"):
			fmt.Println("packages are built into the kernel; nothing to set")
		case word == "%cd" || strings.HasPrefix(word, "%cd "):
			if err := changeFolder(strings.TrimSpace(word[len("%cd"):])); err != nil {
				return "", true, &failure{name: "command", says: err.Error(), trace: []string{err.Error()}}
			}
		case strings.HasPrefix(word, "$"), strings.HasPrefix(word, "%%bash") && i == 0:
			script := strings.TrimSpace(strings.TrimPrefix(word, "$"))
			whole := strings.HasPrefix(word, "%%bash")
			if whole {
				script = strings.Join(lines[i+1:], "\n")
			}
			out, err := exec.CommandContext(k.context(), "sh", "-c", script).CombinedOutput()
			fmt.Print(string(out))
			if err != nil {
				return "", true, &failure{name: "shell", says: err.Error(), trace: []string{"shell: " + err.Error()}}
			}
			if whole {
				return "", true, nil
			}
		case strings.HasPrefix(word, ":") || strings.HasPrefix(word, "%"):
			says := fmt.Sprintf("unknown command %q, :help lists them", word)
			return "", true, &failure{name: "command", says: says, trace: []string{says}}
		default:
			// Empty lines keep the numbers of the others.
			return strings.Repeat("\n", i) + strings.Join(lines[i:], "\n"), false, nil
		}
	}
	return "", true, nil
}

// changeFolder changes the working folder, without a path to the user's.
func changeFolder(path string) error {
	if path == "" || path == "~" {
		home, err := os.UserHomeDir()
		if err != nil {
			return errors.Wrap(err, "find the user's folder")
		}
		path = home
	}
	return errors.WithStack(os.Chdir(path))
}

const help = `Cells are Go, without generics, range over integers, min and max, slices and maps packages.
The values of the last expression are shown. Display(v) shows one at once; display.HTML, Markdown, Latex, SVG, PNG,
JPEG, GIF, JSON, File make what is shown; display.Update("name", v) shows in the place of what was shown before under
that name; display.Clear(true) removes what the cell has shown; Context() is ended by an interrupt.
  :help, %help    this text
  %cd [FOLDER]    changes the working folder
  $ COMMAND       runs a command of the shell; %%bash at the top of a cell runs the whole cell
`
