using System.CommandLine;
using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora render</c>: chat templates, one JSON line in, one out.</summary>
internal sealed class RenderCommand : AloraCommand
{
    private readonly Argument<string?> _template = new("template")
    {
        Description = "A .jinja file, or a folder with a chat template and special tokens. Without it, each line brings its own as "
            + "\"template\".",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _name = new("--name")
    {
        Description = "Which of a folder's named templates. Default: tool_use for lines with \"tools\" if there is one, else default.",
    };

    private readonly Option<DateTime?> _now = new("--now")
    {
        Description = "The clock of strftime_now, such as 2026-01-15T12:34:56. Default: the present time.",
        CustomParser = result =>
        {
            string value = result.Tokens[0].Value;
            if (DateTime.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime now))
            {
                return now;
            }

            result.AddError($"--now must be a time such as 2026-01-15T12:34:56, got {value}.");
            return null;
        },
    };

    public RenderCommand(Terminal terminal)
        : base(
            "render",
            "Read JSON lines of template variables ({\"messages\": […], \"add_generation_prompt\": true, …}) and answer each with "
            + "{\"text\": …} or {\"error\": …}.",
            terminal,
            "echo '{\"messages\": [{\"role\": \"user\", \"content\": \"Hi!\"}]}' | alora render onnx-models/demo",
            "alora render chat_template.jinja --now 2026-01-15T12:34:56 < conversations.jsonl")
    {
        Add(_template);
        Add(_name);
        Add(_now);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        TemplateLine line = new(arguments.GetValue(_now) is { } now
            ? new ChatTemplateOptions { Now = new DateTimeOffset(DateTime.SpecifyKind(now, DateTimeKind.Unspecified), TimeSpan.Zero) }
            : ChatTemplateOptions.Default);
        if (arguments.GetValue(_template) is { } path)
        {
            line.UseTemplateOf(path, arguments.GetValue(_name));
        }

        await JsonLineLoop.RunAsync(Terminal, line.Answer, ToolJson.Default.LineAnswer, cancellationToken);
        return ExitCode.Done;
    }
}
