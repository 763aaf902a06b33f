package site

import "github.com/plumemq/plume/internal/walkthrough"

// walkWords is what the walkthroughs' pages say beside their own text.
type walkWords struct {
	lang                                                                 walkthrough.Lang
	Code, Walkthroughs, Lead, OtherLanguage, Remember, After, Begin      string
	DoItNow, SeeLive, NotLive, LiveNote, Golden, Steps, Tree, Source     string
	Apache, Analysis, Question, Here, Before, Next, Contents, Progress   string
	SeeSpan, Sent, NoSource, Verdicts, Open, Confirmed, Corrected, Known string
	Measure, Callers, Connections, PerSecond, Each, Ran                  string
}

// Verdict is a verdict in words.
func (w walkWords) Verdict(v string) string {
	return map[string]string{"open": w.Open, "confirmed": w.Confirmed, "corrected": w.Corrected, "answered": w.Known}[v]
}

func wordsIn(lang walkthrough.Lang) walkWords {
	if lang == walkthrough.ZH {
		return walkWords{
			lang: lang, Code: "zh-CN", Walkthroughs: "导读", OtherLanguage: "English",
			Lead:     "每一篇都沿着一条真实的调用链，一步一步讲一个故事。正文旁边是这一步的 Go 源码、Apache 里同名的方法，以及当年那份分析对它的说法。调用树就是测试用来比对的那份文件，代码按符号从当前程序里取，所以文字和程序不会走样。",
			Remember: "记住这一点", After: "读完之后，你能回答", Begin: "开始读", DoItNow: "现在就来一次", SeeLive: "看实时调用链",
			NotLive: "目前还没有与这棵树一致的实时调用链。", LiveNote: "右侧的时间取自最近一条与它一致的实时调用链",
			Golden: "这棵树是测试的基准文件", Steps: "这一篇的步骤", Tree: "调用树", Source: "Go 源码", Apache: "Apache 的方法", Analysis: "当年的分析怎么说",
			Question: "提问", Here: "本机刚测得", Before: "上一篇", Next: "下一篇", Contents: "全部导读", Progress: "第 %d 步，共 %d 步",
			SeeSpan: "在实时调用链中看这一步", Sent: "发好了。看它的调用链", NoSource: "这一节不涉及源码。", Verdicts: "结论",
			Open: "待验证", Confirmed: "属实", Corrected: "有更正", Known: "已解答",
			Measure: "在这台机器上测一测", Callers: "调用方", Connections: "连接", PerSecond: "每秒调用数", Each: "每次调用平均耗时", Ran: "带竖线的行，在这棵树里真的执行过",
		}
	}
	return walkWords{
		lang: lang, Code: "en", Walkthroughs: "Walkthroughs", OtherLanguage: "中文",
		Lead:     "Each of these tells one story along a real trace, step by step. Beside the prose stand the Go source of the step, the method of Apache's that does the same, and what the original analysis said of it. The span trees are the tests' own files, and the source is found by symbol in the program that serves this page: text and program cannot drift apart.",
		Remember: "The one thing to remember", After: "Afterwards you can answer", Begin: "Begin", DoItNow: "Do it now", SeeLive: "See it live",
		NotLive: "No live trace in the store matches this tree at the moment.", LiveNote: "the times are those of the newest live trace that matches it",
		Golden: "This tree is the file that a test compares with", Steps: "Steps of this story", Tree: "Span tree", Source: "Go source", Apache: "Apache", Analysis: "What the analysis says here",
		Question: "question", Here: "live, here:", Before: "Before", Next: "Next", Contents: "All walkthroughs", Progress: "step %d of %d",
		SeeSpan: "See this step in a live trace", Sent: "Sent. See its trace", NoSource: "No source belongs to this section.", Verdicts: "Verdict",
		Open: "open", Confirmed: "confirmed", Corrected: "corrected", Known: "answered",
		Measure: "Measure it on this machine", Callers: "Callers", Connections: "Connections", PerSecond: "Calls per second", Each: "One call takes", Ran: "barred: the lines that ran in this tree",
	}
}
