package ngram

import (
	"bufio"
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// benchText returns the lines of the file that HOCSAU_NGRAM_TEXT names, else some made up of words by Zipf's law.
func benchText(b *testing.B) [][]byte {
	b.Helper()
	var lines [][]byte
	if path := os.Getenv("HOCSAU_NGRAM_TEXT"); path != "" {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = f.Close() }() // only read
		in := bufio.NewScanner(f)
		in.Buffer(nil, 1<<26)
		for in.Scan() {
			lines = append(lines, bytes.Clone(in.Bytes()))
		}
		return lines
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		var line []byte
		for range 5 + r.IntN(20) {
			rank := int(math.Exp(r.Float64() * math.Log(30_000)))
			line = append(line, 'w', byte('a'+rank%26), byte('a'+rank/26%26), byte('a'+rank/676%26), byte('a'+rank/17576), ' ')
		}
		lines = append(lines, line)
	}
	return lines
}

// BenchmarkBuilder estimates a model of 5-grams. Measured beside it for comparison: lmplz of KenLM.
func BenchmarkBuilder(b *testing.B) {
	lines := benchText(b)
	total := 0
	for _, l := range lines {
		total += len(l) + 1
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		builder, err := NewBuilder(5, BuildOptions{})
		if err != nil {
			b.Fatal(err)
		}
		for _, l := range lines {
			if err := builder.AddLine(l); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := builder.Estimate(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTrain counts the same in memory for the small estimates.
func BenchmarkTrain(b *testing.B) {
	var sentences [][]string
	total := 0
	for _, l := range benchText(b) {
		sentences = append(sentences, strings.Fields(string(l)))
		total += len(l) + 1
	}
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Train(5, sentences); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLM_Next is a query.
func BenchmarkLM_Next(b *testing.B) {
	lines := benchText(b)
	builder, err := NewBuilder(5, BuildOptions{})
	if err != nil {
		b.Fatal(err)
	}
	var text [][]uint32
	for _, l := range lines {
		if err := builder.AddLine(l); err != nil {
			b.Fatal(err)
		}
	}
	m, err := builder.Estimate()
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; i < len(lines); i += 1 + len(lines)/2000 { // every so many: the caches do not know them
		var ids []uint32
		for _, w := range strings.Fields(string(lines[i])) {
			ids = append(ids, m.ID(w))
		}
		text = append(text, append(ids, m.end))
	}
	n, sum := 0, 0.0
	for b.Loop() {
		s := m.Begin()
		for _, id := range text[n%len(text)] {
			sum += m.Next(&s, id, &s)
		}
		n++
	}
	queries := 0
	for i := range n {
		queries += len(text[i%len(text)])
	}
	b.ReportMetric(float64(queries)/b.Elapsed().Seconds()/1e6, "Mqueries/s")
	_ = sum
}
