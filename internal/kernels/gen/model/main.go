// Command model tells how near to the peak of fused multiplications and
// additions the inner loops of an arm64 program come, by LLVM's models of cores.
// It is a model: caches, memory and branches are perfect in it.
//
//	GOARCH=arm64 go test -c -o gemm.test ../gemm
//	go run ./model -program gemm.test tile6x16 tile6x16masked
//
// It needs llvm-objdump and llvm-mca, version 19 or later.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// cores are the models, by LLVM's names.
var cores = []string{"neoverse-n1", "neoverse-v1", "neoverse-v2", "apple-m1"}

const iterations = 400

func main() {
	program := flag.String("program", "", "an arm64 program")
	version := flag.String("llvm", "-19", "what follows the names of LLVM's tools")
	verbose := flag.Bool("v", false, "print the loops")
	flag.Parse()
	m := model{program: *program, llvm: *version, verbose: *verbose}
	if err := m.run(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "model:", err)
		os.Exit(1)
	}
}

type model struct {
	program, llvm string
	verbose       bool
}

func (m *model) run(functions []string) error {
	fmt.Printf("%-24s %5s %5s", "loop", "instr", "fma")
	// The peak is that of independent fused multiplications and additions, of
	// vectors or by one element: a model may have more pipes for the latter.
	var peaks []float64
	for _, core := range cores {
		peak := 0.0
		for _, factor := range []string{"v15.4s", "v15.s[0]"} {
			var independent []string
			for i := range 15 {
				independent = append(independent,
					fmt.Sprintf("fmla v%d.4s, v31.4s, %s", i, factor), fmt.Sprintf("fmla v%d.4s, v31.4s, %s", 16+i, factor))
			}
			cycles, err := m.cycles(core, independent)
			if err != nil {
				return err
			}
			peak = max(peak, 30/cycles)
		}
		peaks = append(peaks, peak)
		fmt.Printf("  %18s", fmt.Sprintf("%s (%.0f)", core, peak))
	}
	fmt.Println()
	for _, f := range functions {
		loop, err := m.loop(f)
		if err != nil {
			return err
		}
		if m.verbose {
			fmt.Println(strings.Join(loop, "\n"))
		}
		products := 0
		for _, l := range loop {
			if strings.HasPrefix(l, "fmla") || strings.HasPrefix(l, "fmls") {
				products++
			}
		}
		fmt.Printf("%-24s %5d %5d", f, len(loop), products)
		for i, core := range cores {
			cycles, err := m.cycles(core, loop)
			if err != nil {
				return err
			}
			if products > 0 {
				fmt.Printf("  %9.2f c %4.0f %%", cycles, 100*float64(products)/cycles/peaks[i])
			} else {
				fmt.Printf("  %9.2f c       ", cycles)
			}
		}
		fmt.Println()
	}
	return nil
}

var (
	instruction = regexp.MustCompile(`^\s*([0-9a-f]+):\s+(.*)$`)
	backward    = regexp.MustCompile(`^(?:b|b\.\w+|cbn?z\s+\w+,|tbn?z\s+\w+, #\w+,)\s+0x([0-9a-f]+)`)
	total       = regexp.MustCompile(`Total Cycles:\s+(\d+)`)
)

// loop returns the loop of a function without loops inside that has the most
// products, or else the most instructions.
func (m *model) loop(function string) ([]string, error) {
	names, err := exec.Command("llvm-nm"+m.llvm, m.program).Output()
	if err != nil {
		return nil, fmt.Errorf("symbols of %s: %w", m.program, err)
	}
	symbol := ""
	for _, line := range strings.Split(string(names), "\n") {
		if fields := strings.Fields(line); len(fields) == 3 && strings.HasSuffix(strings.TrimSuffix(fields[2], ".abi0"), "."+function) {
			symbol = fields[2]
		}
	}
	if symbol == "" {
		return nil, fmt.Errorf("%s has no %s", m.program, function)
	}
	text, err := exec.Command("llvm-objdump"+m.llvm, "-d", "--no-show-raw-insn", "--disassemble-symbols="+symbol, m.program).Output()
	if err != nil {
		return nil, fmt.Errorf("disassemble %s: %w", function, err)
	}
	at := map[string]int{}
	var all []string
	var best []string
	score := -1
	for _, line := range strings.Split(string(text), "\n") {
		match := instruction.FindStringSubmatch(line)
		if match == nil {
			continue
		}
		at[match[1]] = len(all)
		op := strings.Join(strings.Fields(match[2]), " ")
		all = append(all, op)
		to := backward.FindStringSubmatch(op)
		if to == nil {
			continue
		}
		from, ok := at[to[1]]
		if !ok {
			continue
		}
		body := all[from:]
		inner, products := false, 0
		for i, op := range body[:len(body)-1] {
			if b := backward.FindStringSubmatch(op); b != nil {
				if j, ok := at[b[1]]; ok && j <= from+i && j > from {
					inner = true
				}
			}
			if strings.HasPrefix(op, "fmla") || strings.HasPrefix(op, "fmls") {
				products++
			}
		}
		if s := 1000*products + len(body); !inner && s > score {
			best, score = append([]string(nil), body...), s
		}
	}
	if best == nil {
		return nil, fmt.Errorf("%s has no loop", function)
	}
	return best, nil
}

var address = regexp.MustCompile(`0x[0-9a-f]+ <[^>]*>`)

// cycles returns the cycles of an iteration.
func (m *model) cycles(core string, loop []string) (float64, error) {
	var in bytes.Buffer
	for _, op := range loop {
		fmt.Fprintln(&in, address.ReplaceAllString(op, "."))
	}
	cmd := exec.Command("llvm-mca"+m.llvm, "-mtriple=aarch64", "-mcpu="+core, "-iterations="+strconv.Itoa(iterations))
	cmd.Stdin = &in
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("llvm-mca: %w: %s", err, said.String())
	}
	match := total.FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("llvm-mca: no cycles in its answer")
	}
	n, err := strconv.ParseFloat(string(match[1]), 64)
	return n / iterations, err
}
