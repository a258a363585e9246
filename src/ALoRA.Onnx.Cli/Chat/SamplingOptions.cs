using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>The options of commands that generate text. What is not given comes from the model's generation_config.json.</summary>
internal sealed class SamplingOptions
{
    private readonly Option<int?> _maxTokens = new("--max-tokens") { Description = "Most tokens to generate." };
    private readonly (GenerationParameter Parameter, Option<double?> Option)[] _parameters =
        [.. GenerationParameters.All.Select(parameter => (parameter, OptionOf(parameter)))];
    private readonly Option<long?> _seed = new("--seed") { Description = "Makes sampling repeatable." };

    public SamplingOptions(Command command)
    {
        command.Add(_maxTokens.AtLeast(1));
        foreach ((_, Option<double?> option) in _parameters)
        {
            command.Add(option);
        }

        command.Add(_seed);
    }

    public GenerationOptions Read(ParseResult arguments)
    {
        GenerationOptions options = new() { MaxNewTokens = arguments.GetValue(_maxTokens), Seed = arguments.GetValue(_seed) };
        foreach ((GenerationParameter parameter, Option<double?> option) in _parameters)
        {
            options = arguments.GetValue(option) is double value ? parameter.Set(options, value) : options;
        }

        return options;
    }

    private static Option<double?> OptionOf(GenerationParameter parameter) =>
        new Option<double?>($"--{parameter.Name.Replace('_', '-')}") { Description = parameter.Summary }.InRangeOf(parameter);
}
