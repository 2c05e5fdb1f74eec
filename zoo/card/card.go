package card

import (
	"encoding/json"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/box"
)

// Version is that of the cards that this package writes. A card of a later one
// is refused.
const Version = 1

// Task is what a model does.
type Task string

// The tasks.
const (
	Classify  Task = "classify"  // a picture → a class
	Locate    Task = "locate"    // a picture → a class and one box
	Landmarks Task = "landmarks" // a picture → points
	Detect    Task = "detect"    // a picture → boxes with classes
	Embed     Task = "embed"     // a picture → a point; near points show the same
	Generate  Task = "generate"  // noise → pictures
	Stylise   Task = "stylise"   // a picture → a picture
	Sentiment Task = "sentiment" // a sentence → a class
	Tag       Task = "tag"       // a sentence → a class for each word
	Write     Task = "write"     // a text → what comes next, by characters or words
	Translate Task = "translate" // a sentence → a sentence
	Caption   Task = "caption"   // a picture → a sentence
	Vectors   Task = "vectors"   // words → points
)

// Card is what a trained model says of itself. Fields that its task does not
// need are empty.
type Card struct {
	Version int    `json:"version"`
	Model   string `json:"model"` // by name, as catalog has it
	Task    Task   `json:"task"`
	Data    string `json:"data,omitempty"` // the set that it was trained on
	// Form has the settings that decide the network, all of them, also where
	// they are the usual ones.
	Form map[string]string `json:"form,omitempty"`

	Input   *Input   `json:"input,omitempty"`   // of pictures
	Classes []string `json:"classes,omitempty"` // by number
	// Familiar is the largest logit that all but one in a hundred test
	// examples exceed: an input below it is unlike them.
	Familiar *float64 `json:"familiar,omitempty"`

	Anchors []box.Size `json:"anchors,omitempty"` // shares of a picture's width and height
	Points  int        `json:"points,omitempty"`  // landmarks in a picture

	// Thresholds are squared distances up to which two embeddings count as the
	// same, at rising shares of strangers accepted.
	Thresholds []Threshold `json:"thresholds,omitempty"`
	Threshold  *Threshold  `json:"threshold,omitempty"` // the one to use
	ChosenOn   string      `json:"chosen_on,omitempty"` // the pairs that they were chosen on

	Text *Text `json:"text,omitempty"` // vocabularies, tokenisers

	// Network is that of an imported model: its ONNX file without the weights.
	// NewHead says that a new last layer stands in the place of its own.
	Network []byte `json:"network,omitempty"`
	NewHead bool   `json:"new_head,omitempty"`

	Styles []string `json:"styles,omitempty"` // names of the styles that a stylising network has
	Noise  int      `json:"noise,omitempty"`  // numbers of a generator's z
}

// Threshold is a squared distance with the rates that it had where it was chosen.
type Threshold struct {
	Distance float64 `json:"distance"`
	FAR      float64 `json:"far"` // strangers accepted, at most
	TAR      float64 `json:"tar"` // the same accepted
}

// Text says how a text becomes the numbers that a network reads.
type Text struct {
	// Words and Characters are vocabularies; the number of an entry is its place.
	Words      []string `json:"words,omitempty"`
	Characters []string `json:"characters,omitempty"`
	// Source and Target are the codecs of both sides of a translation, as
	// text.MarshalCodec writes them; Target is missing where Source serves both.
	Source json.RawMessage `json:"source,omitempty"`
	Target json.RawMessage `json:"target,omitempty"`
}

// New returns the card of a model that is to be trained.
func New(model string, task Task, data string) *Card {
	return &Card{Version: Version, Model: model, Task: task, Data: data}
}

// Parse reads a card from its JSON. It returns an error for a card of a later
// version, or one that lacks what its task needs.
func Parse(b []byte) (*Card, error) {
	c := &Card{}
	if err := json.Unmarshal(b, c); err != nil {
		return nil, errors.Wrap(err, "read the model's card")
	}
	return c, c.Check()
}

// Check returns an error where the card lacks what its task needs.
func (c *Card) Check() error {
	switch {
	case c.Version < 1:
		return errors.New("the model's card has no version")
	case c.Version > Version:
		return errors.Errorf("the model's card is of version %d, this program reads up to %d: a newer one wrote it", c.Version, Version)
	case c.Model == "":
		return errors.New("the model's card does not name its model")
	}
	missing := ""
	lacks := func(bad bool, what string) {
		if bad && missing == "" {
			missing = what
		}
	}
	pictures := []Task{Classify, Locate, Landmarks, Detect, Embed, Caption}
	if slices.Contains(pictures, c.Task) {
		lacks(c.Input == nil, "input")
	}
	switch c.Task {
	case Classify, Locate, Sentiment, Tag:
		lacks(len(c.Classes) == 0, "classes")
	case Landmarks:
		lacks(c.Points < 1, "points")
	case Detect:
		lacks(len(c.Classes) == 0, "classes")
		lacks(len(c.Anchors) == 0, "anchors")
	case Embed, Generate, Stylise, Write, Translate, Caption, Vectors:
	default:
		return errors.Errorf("the card of model %s has the unknown task %q", c.Model, c.Task)
	}
	switch c.Task {
	case Sentiment, Tag, Vectors:
		lacks(c.Text == nil || len(c.Text.Words) == 0, "text.words")
	case Translate:
		lacks(c.Text == nil || len(c.Text.Source) == 0, "text.source")
	case Write, Caption:
		lacks(c.Text == nil, "text")
	}
	if missing != "" {
		return errors.Errorf("the card of model %s, for the task %s, has no %s", c.Model, c.Task, missing)
	}
	if c.Input != nil {
		return errors.Wrapf(c.Input.check(), "the card of model %s", c.Model)
	}
	return nil
}

// Clone returns a copy that shares nothing that is changed later.
func (c *Card) Clone() *Card {
	b, err := json.Marshal(c)
	if err != nil { // numbers and texts only
		return nil
	}
	d := &Card{}
	if json.Unmarshal(b, d) != nil {
		return nil
	}
	return d
}
