using System.CommandLine;
using ALoRA.Onnx.Cli.Chat;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora run</c>: one prompt, one answer, and what an intrinsic says about it.</summary>
internal sealed class RunCommand : AloraCommand
{
    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Argument<string?> _prompt = new("prompt")
    {
        Description = "The question. Default: what is piped in.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string?> _adapter = new("--adapter", "-a")
    {
        Description = "Answer under this adapter. The prompt itself must hold an aLoRA's invocation; --intrinsic appends it.",
    };
    private readonly Option<string[]> _intrinsics = new("--intrinsic", "-i")
    {
        Description = "Ask this adapter about the conversation after the answer. May be given several times; all are then asked at once.",
    };
    private readonly Option<string?> _instruction = new("--instruction")
    {
        Description = "Text that the intrinsics get before their invocation tokens.",
    };
    private readonly Option<bool> _noAnswer = new("--no-answer")
    {
        Description = "Ask the intrinsics about the prompt itself, without an answer of the base.",
    };
    private readonly Option<bool> _raw = new("--raw") { Description = "Take the prompt as the whole text, without the chat template." };
    private readonly Option<string?> _system = CommonOptions.System();
    private readonly SamplingOptions _sampling;
    private readonly ExecutionOptions _execution;
    private readonly Option<bool> _json = CommonOptions.Json();
    private bool _isWithinLine;

    public RunCommand(Terminal terminal)
        : base(
            "run",
            "Answer one prompt.",
            terminal,
            "alora run onnx-models/demo \"What is 2 + 2?\" --intrinsic certainty",
            "alora run onnx-models/demo \"Who wrote Faust?\" --intrinsic certainty --intrinsic answerability --verbose",
            "alora run onnx-models/demo \"Where does Noah live?\" --intrinsic answerability --no-answer --json",
            "echo \"Name three colours.\" | alora run onnx-models/smollm2 --temperature 0.7 --seed 1")
    {
        _adapter.CompletionSources.Add(context => AdapterNames.Suggest(context, _model));
        _intrinsics.CompletionSources.Add(context => AdapterNames.Suggest(context, _model));
        Add(_model);
        Add(_prompt);
        Add(_adapter);
        Add(_intrinsics);
        Add(_instruction);
        Add(_noAnswer);
        Add(_raw);
        Add(_system);
        _sampling = new SamplingOptions(this);
        _execution = new ExecutionOptions(this);
        Add(_json);
        Validators.Add(result =>
        {
            if (result.GetValue(_noAnswer) && result.GetValue(_intrinsics) is not { Length: > 0 })
            {
                result.AddError("--no-answer needs --intrinsic.");
            }

            if (result.GetValue(_adapter) is not null && result.GetValue(_intrinsics) is { Length: > 0 })
            {
                result.AddError("--adapter and --intrinsic exclude each other: an intrinsic starts on the base's cache.");
            }
        });
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string folder = arguments.GetRequiredValue(_model);
        string? adapter = arguments.GetValue(_adapter) is { } named ? AdapterNames.Find(folder, _adapter.Name, named) : null;
        string[] intrinsics =
            [.. (arguments.GetValue(_intrinsics) ?? []).Select(name => AdapterNames.Find(folder, _intrinsics.Name, name)).Distinct()];
        string prompt = arguments.GetValue(_prompt) ?? await ReadPromptAsync(cancellationToken);
        bool asJson = arguments.GetValue(_json);
        await using AloraModel model = await ModelOpening.OpenAsync(Terminal, folder, _execution.Read(arguments), cancellationToken);
        using SinglePrompt single = new(model, prompt, arguments.GetValue(_system), arguments.GetValue(_raw));
        ChatAnswer? answer = null;
        if (!arguments.GetValue(_noAnswer))
        {
            try
            {
                answer = await single.AnswerAsync(
                    _sampling.Read(arguments), adapter, asJson ? _ => Task.CompletedTask : WriteAsync, cancellationToken);
            }
            finally
            {
                // Whatever comes next, an error too, begins on a line of its own.
                await EndLineAsync();
            }
        }

        IReadOnlyList<IntrinsicResult> judgements = intrinsics.Length == 0
            ? []
            : await single.InvokeAsync(intrinsics, arguments.GetValue(_instruction), answer, cancellationToken);

        if (asJson)
        {
            JsonResult.Write(Terminal, RunJson.Of(answer, judgements), ToolJson.Default.RunJson);
        }
        else
        {
            RunResult.Print(Terminal, answer, judgements);
        }

        return ExitCode.Done;
    }

    private async Task<string> ReadPromptAsync(CancellationToken cancellationToken)
    {
        if (Terminal.IsInputInteractive)
        {
            throw new CommandFailedException(ExitCode.Usage, "There is no prompt. Give it as an argument or pipe it in.");
        }

        string text = (await Terminal.InputText.ReadToEndAsync(cancellationToken)).TrimEnd('\r', '\n');
        return text.Length > 0
            ? text
            : throw new CommandFailedException(ExitCode.Usage, "The prompt is empty. Give it as an argument or pipe it in.");
    }

    private async Task EndLineAsync()
    {
        if (_isWithinLine)
        {
            _isWithinLine = false;
            await WriteAsync("\n");
        }
    }

    private async Task WriteAsync(string text)
    {
        _isWithinLine = !text.EndsWith('\n');
        await Terminal.Output.WriteAsync(text);
        await Terminal.Output.FlushAsync();
    }
}
