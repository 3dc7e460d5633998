package docker

import (
	"crypto/rand"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"
)

// Labels that owners set.
const (
	labelShop      = "falochron.shop" // makes a container the template of a shop
	labelPort      = "falochron.port" // which of its ports is the shop's
	composeProject = "com.docker.compose.project"
	composeService = "com.docker.compose.service"
	composeNumber  = "com.docker.compose.container-number"
	composeReplace = "com.docker.compose.replace"
)

// Labels of what is ours: replicas, and the volumes that keep until when an order holds.
const (
	labelOwner   = "falochron.owner"   // Config.Owner
	labelOf      = "falochron.of"      // the shop's name
	labelName    = "falochron.name"    // the name that we gave it: whoever gives it another one takes it over
	labelOrdered = "falochron.ordered" // when, RFC 3339
	labelExpires = "falochron.expires" // when the order ends that made it, RFC 3339
	labelReason  = "falochron.reason"  // why, in a sentence
	labelBase    = "falochron.base"    // what names of replicas begin with
	labelWanted  = "falochron.wanted"  // replicas in all
)

// drainingMark ends the name of a replica that leaves, so that everybody sees it, the
// next program too.
const drainingMark = "-draining"

// mostReason bounds the reason kept in a label, in bytes.
const mostReason = 300

var notInNames = regexp.MustCompile(`[^a-zA-Z0-9_.-]+`)

// replicaName is unique on all hosts and tells whose copy it is: shop-3-falochron-k7f2qa.
func replicaName(base string, number int) string {
	base = strings.Trim(notInNames.ReplaceAllString(base, "-"), "-_.")
	if base == "" {
		base = "shop"
	}
	return fmt.Sprintf("%.40s-%d-falochron-%s", base, number, strings.ToLower(rand.Text()[:6]))
}

// splitName takes the mark of leaving off.
func splitName(name string) (plain string, leaving bool) {
	return strings.CutSuffix(name, drainingMark)
}

// ours says that a container is a replica that this owner made, by its labels and the
// name that it has now. A copy of one has the labels, but another name.
func (c Config) ours(labels map[string]string, name string) bool {
	plain, _ := splitName(name)
	return labels[labelOwner] == c.Owner && labels[labelName] != "" && labels[labelName] == plain
}

// labels are those of a replica: the template's, and ours.
func (t *template) labels(c Config, j *job) map[string]string {
	l := maps.Clone(t.config.Labels)
	if l == nil {
		l = map[string]string{}
	}
	delete(l, composeReplace)
	if l[composeService] != "" {
		l[composeNumber] = fmt.Sprint(j.number)
	}
	l[labelOwner], l[labelOf], l[labelName] = c.Owner, c.Shop, j.name
	l[labelOrdered], l[labelExpires] = stamp(j.ordered), stamp(j.end())
	l[labelReason] = shorten(j.reason)
	l[labelBase] = t.base
	l[labelPort] = fmt.Sprint(t.port)
	return l
}

func shorten(s string) string {
	if len(s) <= mostReason {
		return s
	}
	return strings.ToValidUTF8(s[:mostReason], "")
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// read is the time in a label; zero when there is none that can be read.
func read(label string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, label)
	if err != nil {
		return time.Time{}
	}
	return t
}
