package phrases

// Group is a list of words that stand in the same places of sentences.
type Group struct {
	Name  string
	Words []string
}

// Groups returns the groups that embeddings are judged by: a word's nearest neighbours should be of its group. No word
// is in two.
func Groups() []Group {
	return []Group{
		{"animals", animals()},
		{"foods", foods()},
		{"vehicles", vehicles()},
		{"instruments", instruments()},
		{"clothes", clothes()},
		{"rooms", rooms()},
		{"people", roles()},
		{"persons", firstNames()},
		{"cities", cities()},
		{"companies", companies()},
		{"colours", colours()},
		{"days", days()},
		{"numbers", numbers()},
		{"praise", praise()},
		{"blame", blame()},
	}
}

func animals() []string {
	return []string{"dog", "cat", "horse", "rabbit", "goat", "pony", "parrot", "donkey"}
}

func foods() []string {
	return []string{"soup", "rice", "bread", "cheese", "salad", "curry", "pasta", "stew", "omelette"}
}

func vehicles() []string { return []string{"car", "bus", "truck", "van", "taxi", "tractor", "scooter"} }

func instruments() []string {
	return []string{"piano", "guitar", "violin", "flute", "trumpet", "cello", "harp"}
}

func clothes() []string {
	return []string{"jacket", "coat", "shirt", "dress", "scarf", "hat", "sweater"}
}

func rooms() []string {
	return []string{"kitchen", "bedroom", "bathroom", "attic", "cellar", "hallway"}
}

func roles() []string {
	return []string{"teacher", "doctor", "farmer", "nurse", "student", "lawyer", "baker", "painter"}
}

func firstNames() []string {
	return []string{"Anna", "Peter", "Linh", "Maria", "David", "Minh", "Sofia", "Omar", "Clara", "Hugo"}
}

func cities() []string {
	return []string{"Hanoi", "London", "Berlin", "Madrid", "Oslo", "Lima", "Cairo", "Tokyo", "Lisbon", "Prague"}
}

func companies() []string {
	return []string{"Nortek", "Bluefin", "Vantor", "Solaria", "Kestrel", "Meridian", "Quanta", "Halcyon"}
}

func colours() []string {
	return []string{"red", "green", "blue", "yellow", "white", "black", "purple"}
}

func days() []string {
	return []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
}

func numbers() []string { return []string{"two", "three", "four", "five", "six", "seven", "eight"} }

func praise() []string {
	return []string{"good", "great", "wonderful", "lovely", "superb", "charming", "excellent", "brilliant"}
}

func blame() []string {
	return []string{"bad", "awful", "terrible", "dreadful", "poor", "horrible", "boring", "dull"}
}

// surnames follow a first name; bare they never stand.
func surnames() []string {
	return []string{"Keller", "Nguyen", "Brown", "Rossi", "Haddad", "Novak", "Tran", "Silva"}
}

// shifting names are those of a person here, of a place there.
func shifting() []string { return []string{"Jordan", "Florence", "Chelsea", "Sydney", "Austin"} }

// forms of organisation follow the name of one.
func forms() []string { return []string{"Group", "Bank", "University", "Motors", "Airlines"} }

// things are what an opinion is about, beside food.
func things() []string {
	return []string{"film", "book", "concert", "hotel", "service", "story", "play", "show", "garden", "view"}
}

// liked, disliked are the verbs of an opinion.
func liked() []string    { return []string{"loved", "enjoyed", "admired", "adored"} }
func disliked() []string { return []string{"hated", "disliked", "loathed", "despised"} }

// Classes returns the names of the sentiments in the order of their labels.
func Classes() []string { return []string{"negative", "positive"} }

// EntityTags returns the tags of names in BIO form: O, then B, I of persons, places, organisations.
func EntityTags() []string {
	return []string{"O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG"}
}

// PartsOfSpeech returns the universal part-of-speech tags that occur.
//
// Source: universaldependencies.org/u/pos.
func PartsOfSpeech() []string {
	return []string{"ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "VERB"}
}
