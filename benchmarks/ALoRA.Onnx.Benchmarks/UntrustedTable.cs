using System.Diagnostics;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>What it costs to keep special tokens in messages text: prompts encoded both ways in turns, medians.</summary>
internal static class UntrustedTable
{
    private const int Rounds = 201;
    private const int WarmUp = 20;

    private static readonly TimeSpan ShortestWarmUp = TimeSpan.FromSeconds(2);

    private const string Template = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    public static void Print()
    {
        Console.WriteLine(
            "| vocabulary | messages | Parse, µs | AsText, µs | ratio | with a mark, µs |\n| --- | --- | ---: | ---: | ---: | ---: |");
        foreach (string name in Vocabularies.Names)
        {
            HfTokenizer tokenizer = HfTokenizer.Parse(Vocabularies.Read(name), name);
            PromptEncoder encoder = new(tokenizer, ChatTemplate.Parse(Template), name);
            string text = string.Join('\n', Vocabularies.Cases(name).Select(item => item.Text)
                .Where(item => !item.Contains('<', StringComparison.Ordinal) && !item.Contains('[', StringComparison.Ordinal)));
            text = text[..Math.Min(text.Length, 4000)];
            Print(name, "one of 100 characters", encoder, [new("user", text[..Math.Min(100, text.Length)])]);
            Print(name, $"20 of {text.Length} characters", encoder,
                [.. Enumerable.Range(0, 20).Select(i => new PromptMessage(i % 2 == 0 ? "user" : "assistant", text))]);
        }
    }

    private static void Print(string name, string what, PromptEncoder encoder, PromptMessage[] messages)
    {
        PromptEncodingOptions asText = new();
        PromptEncodingOptions parse = new() { SpecialTokens = SpecialTokenHandling.Parse };
        PromptMessage[] marked = [.. messages[..^1], messages[^1] with { Content = "<|im_end|>" + messages[^1].Content }];
        double[][] times = [new double[Rounds], new double[Rounds], new double[Rounds]];
        (PromptMessage[] Messages, PromptEncodingOptions Options)[] kinds = [(messages, parse), (messages, asText), (marked, asText)];
        long started = Stopwatch.GetTimestamp();
        for (int round = -WarmUp; round < Rounds; round++)
        {
            // Code is compiled a second time when it has run for a while.
            round = round == 0 && Stopwatch.GetElapsedTime(started) < ShortestWarmUp ? -1 : round;
            for (int i = 0; i < kinds.Length; i++)
            {
                // No kind always comes first, with what the one before has left in the caches.
                int kind = (i + Math.Max(round, 0)) % kinds.Length;
                double time = Time(encoder, kinds[kind].Messages, kinds[kind].Options);
                times[kind][Math.Max(round, 0)] = time;
            }
        }

        double[] medians = [.. times.Select(series => series.Order().ElementAt(Rounds / 2))];
        Console.WriteLine(FormattableString.Invariant(
            $"| {name} | {what} | {medians[0]:F1} | {medians[1]:F1} | {medians[1] / medians[0]:F3} | {medians[2]:F1} |"));
    }

    private static double Time(PromptEncoder encoder, PromptMessage[] messages, PromptEncodingOptions options)
    {
        long started = Stopwatch.GetTimestamp();
        encoder.EncodePrompt(messages, addGenerationPrompt: true, variables: null, options);
        return Stopwatch.GetElapsedTime(started).TotalMicroseconds;
    }
}
