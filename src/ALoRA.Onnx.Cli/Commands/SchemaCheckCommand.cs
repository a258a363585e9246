using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora schema check</c>: what a schema's constraint lets through.</summary>
internal sealed class SchemaCheckCommand : AloraCommand
{
    private readonly Argument<string?> _schema = new("schema")
    {
        Description = "The JSON schema, a file. Not with --batch.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _open = new("--open")
    {
        Description = "Objects may have members, and arrays items, that the schema does not name, as the specification says. "
            + "Without it only what is named is accepted, as it is generated.",
    };

    private readonly Option<bool> _batch = new("--batch")
    {
        Description = "Read lines {\"schema\": …, \"instances\": […]} and answer each with {\"accepted\": […], \"compile_ms\": …} "
            + "or {\"refused\": \"reason\"}.",
    };

    public SchemaCheckCommand(Terminal terminal)
        : base(
            "check",
            "Read JSON values, one a line, and answer each with {\"accepted\": true} or {\"accepted\": false}: whether it could be "
            + "generated under the schema, as it is written there, with its order of members and forms of numbers. White space is a "
            + "space behind commas and colons, or none in the whole value. Exit code 3 and a line of reason for a schema that is refused.",
            terminal,
            "alora schema check person.json < people.jsonl",
            "echo '{\"name\": \"Ada\", \"born\": 1815}' | alora schema check person.json --open",
            "alora schema check --batch --open < schemas.jsonl > verdicts.jsonl")
    {
        Add(_schema);
        Add(_open);
        Add(_batch);
        Validators.Add(result =>
        {
            if (result.GetValue(_batch) == (result.GetValue(_schema) is not null))
            {
                result.AddError("Give either a schema file or --batch, with which each line of the input has its own schema.");
            }
        });
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        SchemaOptions options = new() { OpenObjects = arguments.GetValue(_open) };
        Func<ReadOnlyMemory<byte>, string> answer = arguments.GetValue(_schema) is string path
            ? Single(path, options)
            : new SchemaBatch(options).Answer;
        LineReader lines = new(Terminal.Input);
        while (await lines.ReadAsync(cancellationToken) is { } line)
        {
            await Terminal.Output.WriteAsync(answer(line).AsMemory(), cancellationToken);
            await Terminal.Output.WriteAsync("\n".AsMemory(), cancellationToken);
            await Terminal.Output.FlushAsync(cancellationToken);
        }

        return ExitCode.Done;
    }

    private static Func<ReadOnlyMemory<byte>, string> Single(string path, SchemaOptions options)
    {
        SchemaJudge judge;
        try
        {
            judge = new SchemaJudge(File.ReadAllText(path), options);
        }
        catch (JsonSchemaException exception)
        {
            throw new CommandFailedException(
                ExitCode.BadInput, $"'{path}' is refused: {SchemaBatch.OneLine(CommandWords.Of(exception.Message))}", exception);
        }

        return line => JsonResult.Format(new SchemaVerdict(judge.Accepts(line.Span)), ToolJson.Default.SchemaVerdict);
    }
}
