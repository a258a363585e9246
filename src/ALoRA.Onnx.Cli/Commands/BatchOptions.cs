using System.CommandLine;
using System.CommandLine.Parsing;
using ALoRA.Onnx.Cli.Bench;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>What <c>alora bench --batch</c> has for options, and what it does.</summary>
internal sealed class BatchOptions
{
    private const int MostRows = 256;

    private readonly Option<int[]?> _rows = new("--batch")
    {
        Description = "Measure what runs of several requests cost instead, with so many rows each, separated by commas, such as "
            + "1,2,4,8,16,32: one token of the base in each row, the base and adapters by turns, and chunks of a prompt. --context is "
            + "the one length behind which all are measured (default: 256), --adapter the only adapter (default: the first four).",
        CustomParser = ParseRows,
    };

    private readonly FileOption _costs = new(
        "--costs", "Where to write what --batch measured, for an engine to plan by (StepCosts.Load): a JSON file.");

    private readonly Option<int[]?> _contexts;

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="contexts">Its option for lengths of contexts.</param>
    /// <param name="others">Its options that mean nothing to <c>--batch</c>.</param>
    public BatchOptions(Command command, Option<int[]?> contexts, params Option[] others)
    {
        _contexts = contexts;
        command.Add(_rows);
        command.Add(_costs);
        command.Validators.Add(result =>
        {
            if (!IsGiven(result, _rows))
            {
                if (IsGiven(result, _costs))
                {
                    result.AddError("--costs needs --batch, which measures them.");
                }

                return;
            }

            foreach (Option other in others.Where(other => IsGiven(result, other)))
            {
                result.AddError($"--batch measures other things than {other.Name}. Leave one of them out.");
            }
        });
    }

    /// <summary>Whether it was asked for.</summary>
    public bool IsGiven(ParseResult arguments) => arguments.GetValue(_rows) is { Length: > 0 };

    /// <summary>Measures, prints, and writes the table of costs.</summary>
    public async Task RunAsync(
        Terminal terminal, ParseResult arguments, string folder, AloraModelOptions model, string? adapter, int repetitions, bool isJson,
        CancellationToken cancellationToken)
    {
        int[] contexts = arguments.GetValue(_contexts) ?? [];
        if (contexts.Length > 1)
        {
            throw new ArgumentException(
                $"--batch measures behind one length, got --context {string.Join(',', contexts)}. Give one of them.");
        }

        StepCostMeterOptions options = new()
        {
            Rows = arguments.GetValue(_rows)!,
            ContextTokens = contexts.Length == 1 ? contexts[0] : null,
            Adapters = adapter is null ? null : [adapter],
        };
        (BatchReport report, StepCosts costs) = await ProgressDisplay.RunAsync(
            terminal, progress => new BatchBenchmark(folder, model, options, repetitions, progress).RunAsync(cancellationToken));
        if (arguments.GetValue(_costs) is { } path)
        {
            costs.Save(path);
        }

        if (isJson)
        {
            JsonResult.Write(terminal, BatchJson.Of(report), ToolJson.Default.BatchJson);
        }
        else
        {
            BatchTable.Print(terminal, report);
        }
    }

    private static bool IsGiven(CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };

    private static int[]? ParseRows(ArgumentResult result)
    {
        List<int> rows = [];
        foreach (string part in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (!int.TryParse(part, out int count) || count is < 1 or > MostRows)
            {
                result.AddError($"--batch must be numbers of rows from 1 to {MostRows} separated by commas, such as 1,2,4,8, got {part}.");
                return null;
            }

            rows.Add(count);
        }

        return [.. rows];
    }
}
