package ngram

import (
	"cmp"
	"slices"

	"github.com/pkg/errors"
)

// Marks, special words.
const (
	Begin   = "<s>"
	End     = "</s>"
	Unknown = "<UNK>"
)

// MaxOrder is the largest n.
const MaxOrder = 10

// root is the node of the empty n-gram.
const root = 0

// Counts holds how often each n-gram of order 1 … n occurs, as a tree: the n-gram w_1 … w_k is the node that the
// path w_1, …, w_k from the root leads to.
type Counts struct {
	order int
	words []string
	ids   map[string]int32
	edges map[uint64]int32 // parent node, word → node
	nodes []node
}

type node struct {
	parent, word int32
	suffix       int32 // the node of the n-gram without its first word
	count        int32 // occurrences
	left         int32 // N: distinct words seen before it
	children     int32 // distinct words seen after it
	after        int32 // Σ count over the children

	// Of Kneser-Ney's num, which is count for n-grams of full order, else left:
	num              int32
	total            int32 // Σ num over the children
	some, ones, twos int32 // children with num > 0, = 1, = 2
}

// Train counts the n-grams of sentences, n = order.
func Train(order int, sentences [][]string) (*Counts, error) {
	if order < 1 || order > MaxOrder {
		return nil, errors.Errorf("n-grams of order %d, expected 1 to %d", order, MaxOrder)
	}
	c := &Counts{order: order, ids: map[string]int32{}, edges: map[uint64]int32{}, nodes: []node{{parent: -1, word: -1}}}
	c.wordID(Unknown)
	if order > 1 {
		c.wordID(Begin)
		c.wordID(End)
	}
	total := 0
	for _, s := range sentences {
		total += len(s)
		c.add(s)
	}
	if total == 0 {
		return nil, errors.Errorf("n-grams of %d sentences without a word", len(sentences))
	}
	c.finish()
	return c, nil
}

// Order returns n.
func (c *Counts) Order() int { return c.order }

// Words returns the vocabulary. The caller must not change it.
func (c *Counts) Words() []string { return c.words }

func (c *Counts) wordID(w string) int32 {
	id, ok := c.ids[w]
	if !ok {
		id = int32(len(c.words))
		c.ids[w] = id
		c.words = append(c.words, w)
	}
	return id
}

// id returns the id of a word, that of Unknown for an unseen one.
func (c *Counts) id(w string) int32 {
	if id, ok := c.ids[w]; ok {
		return id
	}
	return c.ids[Unknown]
}

func edge(parent, word int32) uint64 { return uint64(uint32(parent))<<32 | uint64(uint32(word)) }

// child returns the node that word leads to, −1 where there is none.
func (c *Counts) child(parent, word int32) int32 {
	if n, ok := c.edges[edge(parent, word)]; ok {
		return n
	}
	return -1
}

func (c *Counts) add(sentence []string) {
	var ids []int32
	for range c.order - 1 {
		ids = append(ids, c.ids[Begin])
	}
	for _, w := range sentence {
		ids = append(ids, c.wordID(w))
	}
	for range c.order - 1 {
		ids = append(ids, c.ids[End])
	}
	for i := range ids {
		at := int32(root)
		for _, w := range ids[i:min(i+c.order, len(ids))] {
			next := c.child(at, w)
			if next < 0 {
				next = int32(len(c.nodes))
				c.nodes = append(c.nodes, node{parent: at, word: w})
				c.edges[edge(at, w)] = next
			}
			c.nodes[next].count++
			at = next
		}
	}
}

// finish fills the sums, the suffixes. A parent stands before its children, a suffix has one word less.
func (c *Counts) finish() {
	byDepth := make([][]int32, c.order+1)
	depth := make([]int32, len(c.nodes))
	for i := 1; i < len(c.nodes); i++ {
		n := &c.nodes[i]
		depth[i] = depth[n.parent] + 1
		byDepth[depth[i]] = append(byDepth[depth[i]], int32(i))
		p := &c.nodes[n.parent]
		p.children++
		p.after += n.count
	}
	for _, level := range byDepth[1:] {
		for _, i := range level {
			n := &c.nodes[i]
			if n.parent == root {
				n.suffix = root
				continue
			}
			n.suffix = c.child(c.nodes[n.parent].suffix, n.word)
			c.nodes[n.suffix].left++ // each n-gram is its suffix with one more word before it
		}
	}
	for k, level := range byDepth {
		for _, i := range level {
			n := &c.nodes[i]
			if n.num = n.left; k == c.order {
				n.num = n.count
			}
			p := &c.nodes[n.parent]
			p.total += n.num
			switch n.num {
			case 1:
				p.ones++
			case 2:
				p.twos++
			}
			if n.num > 0 {
				p.some++
			}
		}
	}
}

// context returns the node of the last words of context, at most n − 1; −1 where they never occur.
func (c *Counts) context(context []string) int32 {
	at := int32(root)
	for _, w := range context[max(0, len(context)-c.order+1):] {
		if at = c.child(at, c.id(w)); at < 0 {
			return -1
		}
	}
	return at
}

// ngram is an n-gram with its count, for listing.
type ngram struct {
	words []string
	count int
}

// Top returns the n-grams of the given order that occur most often, at most limit of them, equal ones by their words.
func (c *Counts) Top(order, limit int) (words [][]string, counts []int) {
	var all []ngram
	for i := range c.nodes[1:] {
		if w := c.path(int32(i + 1)); len(w) == order {
			all = append(all, ngram{w, int(c.nodes[i+1].count)})
		}
	}
	slices.SortFunc(all, func(a, b ngram) int {
		return cmp.Or(cmp.Compare(b.count, a.count), slices.Compare(a.words, b.words))
	})
	for _, g := range all[:min(len(all), max(limit, 0))] {
		words, counts = append(words, g.words), append(counts, g.count)
	}
	return words, counts
}

// path returns the words of a node.
func (c *Counts) path(at int32) []string {
	var w []string
	for ; at != root; at = c.nodes[at].parent {
		w = append(w, c.words[c.nodes[at].word])
	}
	slices.Reverse(w)
	return w
}
