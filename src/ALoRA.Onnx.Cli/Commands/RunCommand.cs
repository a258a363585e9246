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
        Description = "Answer under this adapter. An aLoRA must be invoked by the prompt itself.",
    };
    private readonly Option<string?> _intrinsic = new("--intrinsic", "-i")
    {
        Description = "Ask this adapter about the conversation after the answer.",
    };
    private readonly Option<string?> _instruction = new("--instruction")
    {
        Description = "Text that the intrinsic gets before its invocation tokens.",
    };
    private readonly Option<bool> _noAnswer = new("--no-answer")
    {
        Description = "Invoke the intrinsic on the prompt itself, without an answer of the base.",
    };
    private readonly Option<bool> _raw = new("--raw") { Description = "Take the prompt as the whole text, without the chat template." };
    private readonly Option<string?> _system = CommonOptions.System();
    private readonly SamplingOptions _sampling;
    private readonly ExecutionOptions _execution;
    private readonly Option<bool> _json = CommonOptions.Json();

    public RunCommand(Terminal terminal)
        : base(
            "run",
            "Answer one prompt.",
            terminal,
            "alora run onnx-models/demo \"What is 2 + 2?\" --intrinsic certainty",
            "alora run onnx-models/demo \"Where does Noah live?\" --intrinsic answerability --no-answer --json",
            "echo \"Name three colours.\" | alora run onnx-models/smollm2 --temperature 0.7 --seed 1")
    {
        Add(_model);
        Add(_prompt);
        Add(_adapter);
        Add(_intrinsic);
        Add(_instruction);
        Add(_noAnswer);
        Add(_raw);
        Add(_system);
        _sampling = new SamplingOptions(this);
        _execution = new ExecutionOptions(this);
        Add(_json);
        Validators.Add(result =>
        {
            if (result.GetValue(_noAnswer) && result.GetValue(_intrinsic) is null)
            {
                result.AddError("--no-answer needs --intrinsic.");
            }

            if (result.GetValue(_adapter) is not null && result.GetValue(_intrinsic) is not null)
            {
                result.AddError("--adapter and --intrinsic exclude each other: an intrinsic starts on the base's cache.");
            }
        });
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string prompt = arguments.GetValue(_prompt) ?? await ReadPromptAsync(cancellationToken);
        bool asJson = arguments.GetValue(_json);
        await using AloraModel model =
            await AloraModel.OpenAsync(arguments.GetRequiredValue(_model), _execution.Read(arguments), cancellationToken);
        using SinglePrompt single = new(model, prompt, arguments.GetValue(_system), arguments.GetValue(_raw));
        ChatAnswer? answer = null;
        if (!arguments.GetValue(_noAnswer))
        {
            answer = await single.AnswerAsync(
                _sampling.Read(arguments), arguments.GetValue(_adapter), asJson ? _ => Task.CompletedTask : WriteAsync, cancellationToken);
        }

        IntrinsicResult? judgement = null;
        if (arguments.GetValue(_intrinsic) is { } intrinsic)
        {
            judgement = await single.InvokeAsync(intrinsic, arguments.GetValue(_instruction), answer, cancellationToken);
        }

        if (asJson)
        {
            JsonResult.Write(Terminal, RunJson.Of(answer, judgement), ToolJson.Default.RunJson);
        }
        else
        {
            await RunResult.PrintAsync(Terminal, answer, judgement);
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

    private async Task WriteAsync(string text)
    {
        await Terminal.Output.WriteAsync(text);
        await Terminal.Output.FlushAsync();
    }
}
