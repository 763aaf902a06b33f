package processor

import "time"

// Settings are the choices that processors look up anew for each request.
type Settings struct {
	OrderMessageEnable             bool // routes carry ordered topics' configuration
	ReturnOrderTopicConfigToBroker bool // so do answers to registrations
	EnableAllTopicList             bool // code 206
	EnableTopicList                bool // codes 224 and 311 to 313
	NeedWaitForService             bool // no route is given out until WaitForService has passed since the start
	WaitForService                 time.Duration
}

// Configuration is the name server's configuration as the codes 318 and 319 see it.
type Configuration interface {
	// Settings is the present choices.
	Settings() Settings
	// Format is every key and value as properties text.
	Format() string
	// Update changes all of the values or none; its error says which key was refused and why.
	Update(values map[string]string) error
}
