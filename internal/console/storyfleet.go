package console

import "time"

// storyFleet is a shop's replicas, field by field as the control API writes them.
type storyFleet struct {
	Advice   bool             `json:"advice"`
	Fault    string           `json:"fault,omitempty"`
	Wanted   int              `json:"wanted"`
	Ready    int              `json:"ready"`
	Starting int              `json:"starting"`
	Draining int              `json:"draining"`
	Failed   int              `json:"failed"`
	Why      storyWords       `json:"why"`
	Cost     float64          `json:"cost_per_hour"`
	Spent    float64          `json:"spent"`
	Ceiling  int              `json:"ceiling"`
	Ahead    []storyFleetStep `json:"ahead"`
}

type storyFleetStep struct {
	At  time.Time  `json:"at"`
	To  int        `json:"to"`
	Why storyWords `json:"why"`
}

// replicasOfWave are on their way, and another wave is announced.
func replicasOfWave() *storyFleet {
	return &storyFleet{
		Wanted: 8, Ready: 3, Starting: 5, Cost: 0.96, Spent: 0.07,
		Why: storyWords{
			"from 3 to 8 replicas: 965 people in line, 7 a second come; the longest wait goes from 21 minutes to 6 minutes; costs 0.60 an hour more",
			"z 3 na 8 kopii: w kolejce 965 osób, przychodzi 7 na sekundę; najdłuższe oczekiwanie spada z 21 minut do 6 minut; kosztuje 0,60 na godzinę więcej",
		},
		Ahead: []storyFleetStep{{storyNow.Add(48 * time.Minute), 12, storyWords{
			"from 8 to 12 replicas: up to 9000 are announced by “ola-1”", "z 8 na 12 kopii: „ola-1” zapowiada do 9000 osób",
		}}},
	}
}

// replicasInTrouble do not help any more, one does not start, and somebody only wants advice.
func replicasInTrouble() *storyFleet {
	return &storyFleet{
		Advice: true, Fault: "the engine does not answer", Wanted: 4, Ready: 4, Draining: 1, Failed: 1, Ceiling: 4, Cost: 0.48, Spent: 0.31, Ahead: []storyFleetStep{},
		Why: storyWords{
			"4 replicas: the 5th to the 6th replica added nothing; your database is probably the limit; the line is 6 minutes",
			"4 kopie: od 5. do 6. kopii nic nie przybyło; granicą jest prawdopodobnie baza danych; kolejka to 6 minut",
		},
	}
}
