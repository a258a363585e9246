using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Answers lines of <c>alora render</c>.</summary>
/// <param name="options">Clock and limits.</param>
internal sealed class TemplateLine(ChatTemplateOptions options)
{
    private ChatTemplate? _named;
    private TemplateException? _namedIsMalformed;
    private (string Text, ChatTemplate Template)? _last;

    /// <summary>Takes one template for all lines. If it is malformed, every line is answered with the reason.</summary>
    /// <exception cref="FileNotFoundException">There is no such file or folder, or the folder has no template.</exception>
    public void UseTemplateOf(string path)
    {
        try
        {
            _named = ChatTemplate.Load(path);
        }
        catch (TemplateException exception)
        {
            _namedIsMalformed = exception;
        }
    }

    /// <summary>Renders the template with the line's members as variables.</summary>
    public LineAnswer Answer(JsonElement line)
    {
        JsonObject variables = JsonObject.Create(line)!;
        try
        {
            return new LineAnswer { Text = TemplateFor(variables).Render(variables, options) };
        }
        catch (TemplateException exception) when (exception.Kind == TemplateErrorKind.Raised)
        {
            // The template's own words, exactly.
            return new LineAnswer { Error = exception.Detail };
        }
    }

    private ChatTemplate TemplateFor(JsonObject variables)
    {
        if (_namedIsMalformed is not null)
        {
            throw _namedIsMalformed;
        }

        if (_named is not null)
        {
            return _named;
        }

        if (variables["template"] is not JsonValue value || !value.TryGetValue(out string? text))
        {
            throw new FormatException("Expected the member template, a string, as no template was named on the command line.");
        }

        variables.Remove("template");
        if (_last?.Text != text)
        {
            _last = (text, ChatTemplate.Parse(text));
        }

        return _last.Value.Template;
    }
}
