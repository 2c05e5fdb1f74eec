package text

import (
	"container/heap"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
)

// wordMark stands before the first character of a word, so that decoding knows where the spaces were.
const wordMark = "▁"

// maxPiece is the longest token that merging makes, in bytes. It keeps a hostile file from doubling tokens without end.
const maxPiece = 128

// BPE splits text into frequent pieces of words by byte pair encoding. Its tokens are, in the order of their
// ids: the specials, the 256 bytes, characters, merged pieces. A character that it lacks is written as its bytes, so that
// Decode(Encode(s)) is s in NFC, its words separated by single spaces (in lower case where the training asked for it).
// It is safe for use by several goroutines.
//
// Source: arXiv:1508.07909; the mark before words, the bytes are those of SentencePiece, arXiv:1808.06226.
type BPE struct {
	lower    bool
	specials []string
	chars    []string
	merges   [][2]int
	tokens   []string
	ids      map[string]int // of characters, merged pieces, specials
	rank     map[[2]int]int // place in merges
	merged   []int          // id of the piece that a merge makes
}

// newBPE builds the tokens from their sources.
func newBPE(lower bool, specials, chars []string) (*BPE, error) {
	b := &BPE{lower: lower, specials: specials, chars: chars, ids: map[string]int{}, rank: map[[2]int]int{}}
	for i, s := range specials {
		if _, twice := b.ids[s]; twice || s == "" {
			return nil, errors.Errorf("special token %d, %q, is empty or occurs twice", i, s)
		}
		b.ids[s] = len(b.tokens)
		b.tokens = append(b.tokens, s)
	}
	for c := range 256 {
		b.tokens = append(b.tokens, fmt.Sprintf("<0x%02X>", c))
	}
	for i, c := range chars {
		if _, twice := b.ids[c]; twice || utf8.RuneCountInString(c) != 1 || !utf8.ValidString(c) {
			return nil, errors.Errorf("character %d, %q, is no single character or occurs twice", i, c)
		}
		b.ids[c] = len(b.tokens)
		b.tokens = append(b.tokens, c)
	}
	return b, nil
}

// addMerge makes the piece of two tokens.
func (b *BPE) addMerge(pair [2]int) error {
	first := len(b.specials) + 256
	for _, id := range pair {
		if id < first || id >= len(b.tokens) {
			return errors.Errorf("merge %d of %v: expected ids from %d to %d", len(b.merges), pair, first, len(b.tokens)-1)
		}
	}
	if _, twice := b.rank[pair]; twice {
		return errors.Errorf("merge %d of %v occurs twice", len(b.merges), pair)
	}
	piece := b.tokens[pair[0]] + b.tokens[pair[1]]
	if len(piece) > maxPiece {
		return errors.Errorf("merge %d makes a token of %d bytes, at most %d", len(b.merges), len(piece), maxPiece)
	}
	id, ok := b.ids[piece]
	if !ok {
		id = len(b.tokens)
		b.ids[piece] = id
		b.tokens = append(b.tokens, piece)
	}
	b.rank[pair] = len(b.merges)
	b.merges = append(b.merges, pair)
	b.merged = append(b.merged, id)
	return nil
}

// Len returns the number of tokens.
func (b *BPE) Len() int { return len(b.tokens) }

// Token returns the token of an id; a byte is written <0x41>. It is "" for a number that is no id.
func (b *BPE) Token(id int) string {
	if id < 0 || id >= len(b.tokens) {
		return ""
	}
	return b.tokens[id]
}

// Special returns the id of a special token, −1 for another one.
func (b *BPE) Special(token string) int {
	for i, s := range b.specials {
		if s == token {
			return i
		}
	}
	return -1
}

// Encode returns the ids of s, no specials among them.
func (b *BPE) Encode(s string) []int {
	var out []int
	for _, piece := range pieces(s, b.lower) {
		out = b.encodePiece(out, piece)
	}
	return out
}

// pieces splits s into what merges never cross: a word's mark with its letters, single other characters.
func pieces(s string, lower bool) []string {
	s = NFC(s)
	if lower {
		s = Lower(s)
	}
	var out []string
	for _, word := range strings.Fields(s) {
		parts := Words(word)
		if r, n := utf8.DecodeRuneInString(parts[0]); isWord(r) && (r != utf8.RuneError || n > 1) {
			parts[0] = wordMark + parts[0]
		} else {
			out = append(out, wordMark)
		}
		for _, p := range parts {
			if p == wordMark { // in the text itself: its bytes, which are no mark
				for i := range len(p) {
					out = append(out, p[i:i+1])
				}
				continue
			}
			out = append(out, p)
		}
	}
	return out
}

// symbols returns the ids of a piece's characters.
func (b *BPE) symbols(piece string) []int {
	out := make([]int, 0, len(piece))
	rest, marked := strings.CutPrefix(piece, wordMark)
	if marked {
		if id, ok := b.ids[wordMark]; ok {
			out = append(out, id)
		} else {
			out = b.appendBytes(out, " ") // trained on no text at all
		}
	}
	for _, c := range Characters(rest) {
		if id, ok := b.ids[c]; ok && id >= len(b.specials) {
			out = append(out, id)
		} else {
			out = b.appendBytes(out, c)
		}
	}
	return out
}

func (b *BPE) appendBytes(out []int, s string) []int {
	for i := range len(s) {
		out = append(out, len(b.specials)+int(s[i]))
	}
	return out
}

// encodePiece merges the pair of lowest rank until none is left; a heap keeps long pieces cheap.
func (b *BPE) encodePiece(out []int, piece string) []int {
	ids := b.symbols(piece)
	n := len(ids)
	next, prev := make([]int, n), make([]int, n)
	queue := &mergeQueue{}
	offer := func(i int) {
		if i < 0 || next[i] >= n {
			return
		}
		if rank, ok := b.rank[[2]int{ids[i], ids[next[i]]}]; ok {
			heap.Push(queue, candidate{rank, i, ids[i], ids[next[i]]})
		}
	}
	for i := range ids {
		next[i], prev[i] = i+1, i-1
	}
	for i := range ids {
		offer(i)
	}
	for queue.Len() > 0 {
		c := heap.Pop(queue).(candidate)
		i := c.at
		if ids[i] != c.left || next[i] >= n || ids[next[i]] != c.right {
			continue // an earlier merge took a part of it
		}
		j := next[i]
		ids[i], ids[j] = b.merged[c.rank], -1
		if next[i] = next[j]; next[i] < n {
			prev[next[i]] = i
		}
		offer(prev[i])
		offer(i)
	}
	for i := 0; i < n; i = next[i] {
		out = append(out, ids[i])
	}
	return out
}

// candidate is a merge that a place of a piece allows.
type candidate struct{ rank, at, left, right int }

// mergeQueue is a heap: lowest rank first, from left to right.
type mergeQueue []candidate

func (q mergeQueue) Len() int { return len(q) }
func (q mergeQueue) Less(i, j int) bool {
	return q[i].rank < q[j].rank || q[i].rank == q[j].rank && q[i].at < q[j].at
}
func (q mergeQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *mergeQueue) Push(x any) { *q = append(*q, x.(candidate)) }

// Pop implements heap.Interface.
func (q *mergeQueue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// Decode returns the text of the ids; specials are passed over.
func (b *BPE) Decode(ids []int) (string, error) {
	var out strings.Builder
	for i, id := range ids {
		switch k := id - len(b.specials); {
		case id < 0 || id >= len(b.tokens):
			return "", errors.Errorf("decode: id %d at place %d, expected 0 to %d", id, i, len(b.tokens)-1)
		case k < 0:
		case k < 256:
			out.WriteByte(byte(k))
		default:
			out.WriteString(strings.Replace(b.tokens[id], wordMark, " ", 1))
		}
	}
	return strings.TrimPrefix(out.String(), " "), nil
}
