package main

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// source is what a file of amd64 assembly holds.
type source struct {
	functions []*function
	data      map[string][]string // the lines that define a symbol of data
}

// function is one TEXT.
type function struct {
	name  string
	frame int    // bytes of local variables
	args  string // bytes of arguments
	doc   string // its Go declaration, a comment
	lines []line
}

// line is an instruction or, without an op, a label.
type line struct {
	label string
	op    string
	args  []arg
	text  string
}

// kind is what an argument is.
type kind int

const (
	immediate kind = iota
	general        // a register for integers and addresses
	vector         // a vector register
	memory
	symbol // data by name
	param  // an argument or result of the function
	target // of a jump
)

// arg is an argument of an instruction.
type arg struct {
	kind        kind
	n           int  // the immediate, or the vector register
	half        bool // of a vector register: its lower half alone
	reg         string
	base, index string // of memory; base is SP for local variables
	scale, disp int
	name        string // of a symbol, parameter or label
}

var (
	textLine   = regexp.MustCompile(`^TEXT ·(\w+)\(SB\), NOSPLIT, \$(\d+)-(\d+)$`)
	dataLine   = regexp.MustCompile(`^(?:DATA|GLOBL) (\w+)<>`)
	memoryArg  = regexp.MustCompile(`^(-?\d*)\(([A-Z0-9]+)\)(?:\(([A-Z0-9]+)\*([1248])\))?$`)
	symbolArg  = regexp.MustCompile(`^(\w*<>|·\w+)\+(\d+)\(SB\)$`)
	paramArg   = regexp.MustCompile(`^\w+\+\d+\(FP\)$`)
	vectorArg  = regexp.MustCompile(`^([XYZK])(\d+)$`)
	generalArg = regexp.MustCompile(`^(AX|BX|CX|DX|SI|DI|BP|R\d+)$`)
)

// parse reads the assembly that avo writes.
func parse(text []byte) (*source, error) {
	s := &source{data: map[string][]string{}}
	var f *function
	doc := ""
	lines := bufio.NewScanner(bytes.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		t := lines.Text()
		switch m := textLine.FindStringSubmatch(t); {
		case m != nil:
			frame, err := strconv.Atoi(m[2])
			if err != nil {
				return nil, err
			}
			f = &function{name: m[1], frame: frame, args: m[3], doc: doc}
			s.functions = append(s.functions, f)
		case dataLine.MatchString(t):
			name := dataLine.FindStringSubmatch(t)[1]
			s.data[name] = append(s.data[name], t)
		case strings.HasPrefix(t, "// func "):
			doc = t
		case strings.HasSuffix(t, ":"):
			f.lines = append(f.lines, line{label: strings.TrimSuffix(t, ":")})
		case strings.HasPrefix(t, "\t"):
			l, err := parseLine(t)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
			f.lines = append(f.lines, l)
		}
	}
	return s, lines.Err()
}

func parseLine(t string) (line, error) {
	t = strings.TrimSpace(t)
	op, rest, _ := strings.Cut(t, " ")
	l := line{op: op, text: t}
	for _, field := range strings.Split(strings.TrimSpace(rest), ", ") {
		if field == "" {
			continue
		}
		a, err := parseArg(strings.TrimSpace(field))
		if err != nil {
			return l, err
		}
		l.args = append(l.args, a)
	}
	return l, nil
}

func parseArg(t string) (arg, error) {
	switch {
	case strings.HasPrefix(t, "$"):
		n, err := strconv.ParseInt(t[1:], 0, 64)
		return arg{kind: immediate, n: int(n)}, err
	case generalArg.MatchString(t):
		return arg{kind: general, reg: t}, nil
	case paramArg.MatchString(t):
		return arg{kind: param, name: t}, nil
	}
	if m := vectorArg.FindStringSubmatch(t); m != nil {
		n, err := strconv.Atoi(m[2])
		a := arg{kind: vector, n: n, half: m[1] == "X", reg: m[1]}
		return a, err
	}
	if m := symbolArg.FindStringSubmatch(t); m != nil {
		n, err := strconv.Atoi(m[2])
		return arg{kind: symbol, name: m[1], disp: n}, err
	}
	if m := memoryArg.FindStringSubmatch(t); m != nil {
		a := arg{kind: memory, base: m[2], index: m[3]}
		if m[1] != "" {
			a.disp, _ = strconv.Atoi(m[1])
		}
		if m[4] != "" {
			a.scale, _ = strconv.Atoi(m[4])
		}
		return a, nil
	}
	if regexp.MustCompile(`^\w+$`).MatchString(t) {
		return arg{kind: target, name: t}, nil
	}
	return arg{}, fmt.Errorf("argument %q is of no known form", t)
}

// wide reports whether the instruction has a register that only AVX-512 has.
func (l *line) wide() bool {
	for _, a := range l.args {
		if a.kind == vector && (a.reg == "Z" || a.reg == "K" || a.n > 15) {
			return true
		}
	}
	return false
}

// prune leaves out what is reached only where AVX-512 is in force, and what is
// not reached at all. It returns false where the function is for AVX-512.
func (f *function) prune() bool {
	at := map[string]int{}
	for i, l := range f.lines {
		if l.label != "" {
			at[l.label] = i
		}
	}
	reached := make([]bool, len(f.lines))
	drop := make([]bool, len(f.lines))
	work := []int{0}
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		for i < len(f.lines) && !reached[i] {
			reached[i] = true
			l := &f.lines[i]
			switch {
			case l.op == "CMPB": // ·avx512 with 0: never what follows
				drop[i], drop[i+1], reached[i+1] = true, true, true
				i++
			case l.op == "JMP":
				work = append(work, at[l.args[0].name])
				i = len(f.lines)
				continue
			case l.op == "RET":
				i = len(f.lines)
				continue
			case l.op != "" && l.op[0] == 'J':
				work = append(work, at[l.args[0].name])
			}
			i++
		}
	}
	var kept []line
	for i, l := range f.lines {
		if !reached[i] || drop[i] {
			continue
		}
		if l.wide() {
			return false
		}
		kept = append(kept, l)
	}
	f.lines = kept
	return true
}
