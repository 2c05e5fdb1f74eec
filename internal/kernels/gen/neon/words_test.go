package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// disassemble returns what LLVM reads in words of arm64.
func disassemble(t *testing.T, words []uint32) []string {
	t.Helper()
	mc, err := exec.LookPath("llvm-mc-19")
	if err != nil {
		t.Skip("no llvm-mc-19 to disassemble with")
	}
	var in bytes.Buffer
	for _, w := range words {
		fmt.Fprintf(&in, "0x%02x 0x%02x 0x%02x 0x%02x\n", byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
	}
	cmd := exec.Command(mc, "--disassemble", "--triple=aarch64", "--mattr=+neon")
	cmd.Stdin = &in
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("llvm-mc-19: %v: %s", err, text)
	}
	var out []string
	for _, line := range strings.Split(string(text), "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" && line != ".text" {
			out = append(out, line)
		}
	}
	if len(out) != len(words) {
		t.Fatalf("llvm-mc-19 read %d instructions of %d", len(out), len(words))
	}
	return out
}

var wordLine = regexp.MustCompile(`WORD \$0x([0-9a-f]{8}) // (.*)`)

// TestWrite_disassembled writes every instruction with registers in all
// fields.
func TestWrite_disassembled(t *testing.T) {
	var names []string
	for name, e := range encodings {
		if e.goes == "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var words []uint32
	var want []string
	for _, name := range names {
		fields := len(strings.Fields(encodings[name].form))
		if name == "zero" || name == "ones" {
			fields = 1
		}
		for _, regs := range [][]int{{0, 1, 2}, {31, 30, 29}, {5, 21, 10}, {16, 8, 17}} {
			m := wordLine.FindStringSubmatch(write(name, 31, regs[:fields]...))
			w, err := strconv.ParseUint(m[1], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			words, want = append(words, uint32(w)), append(want, m[2])
		}
	}
	for i, got := range disassemble(t, words) {
		if got != want[i] {
			t.Errorf("%#08x is %q, written for %q", words[i], got, want[i])
		}
	}
}

// TestAssembly_disassembled reads the words of the files that are committed.
func TestAssembly_disassembled(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../../*/*_arm64.s", "../../*/*/*_arm64.s"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 8 {
		t.Fatalf("only %d files of arm64 assembly: %q", len(files), files)
	}
	comments := map[uint32]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range wordLine.FindAllStringSubmatch(string(text), -1) {
			w, err := strconv.ParseUint(m[1], 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			comments[uint32(w)] = m[2]
		}
	}
	var words []uint32
	for w := range comments {
		words = append(words, w)
	}
	slices.Sort(words)
	for i, got := range disassemble(t, words) {
		if got != comments[words[i]] {
			t.Errorf("%#08x is %q, written for %q", words[i], got, comments[words[i]])
		}
	}
}
