using System.CommandLine;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>The options of commands that generate text. What is not given comes from the model's generation_config.json.</summary>
internal sealed class SamplingOptions
{
    private readonly Option<int?> _maxTokens = new("--max-tokens") { Description = "Most tokens to generate." };
    private readonly Option<float?> _temperature = new("--temperature") { Description = "0 takes the most likely token; higher is more varied." };
    private readonly Option<int?> _topK = new("--top-k") { Description = "Sample among this many most likely tokens; 0 is off." };
    private readonly Option<float?> _topP = new("--top-p") { Description = "Sample among the tokens that reach this probability together; 1 is off." };
    private readonly Option<float?> _minP = new("--min-p") { Description = "Sample among tokens with this share of the best one's probability; 0 is off." };
    private readonly Option<long?> _seed = new("--seed") { Description = "Makes sampling repeatable." };

    public SamplingOptions(Command command)
    {
        command.Add(_maxTokens);
        command.Add(_temperature);
        command.Add(_topK);
        command.Add(_topP);
        command.Add(_minP);
        command.Add(_seed);
    }

    public GenerationOptions Read(ParseResult arguments) => new()
    {
        MaxNewTokens = arguments.GetValue(_maxTokens),
        Temperature = arguments.GetValue(_temperature),
        TopK = arguments.GetValue(_topK),
        TopP = arguments.GetValue(_topP),
        MinP = arguments.GetValue(_minP),
        Seed = arguments.GetValue(_seed),
    };
}
