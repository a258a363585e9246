using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Answers lines of <c>alora render</c>.</summary>
/// <param name="options">Clock and limits.</param>
internal sealed class TemplateLine(ChatTemplateOptions options)
{
    private ChatTemplate? _named;
    private bool _isOfFolder;
    private TemplateException? _namedIsMalformed;
    private (string Text, ChatTemplate Template)? _last;

    /// <summary>Takes one template for all lines. If it is malformed, every line is answered with the reason.</summary>
    /// <param name="path">A template file; or a folder, whose special tokens are variables then.</param>
    /// <param name="name">
    /// Which of several templates of a folder; null is the default one, and the one for tools where tools are given.
    /// </param>
    /// <exception cref="FileNotFoundException">There is no such file or folder, or the folder has no template.</exception>
    public void UseTemplateOf(string path, string? name)
    {
        try
        {
            _named = ChatTemplate.Load(path, name);
            _isOfFolder = Directory.Exists(path);
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
            ChatTemplate template = TemplateFor(variables);
            return new LineAnswer
            {
                Text = _isOfFolder
                    ? template.Render([], addGenerationPrompt: false, variables, options)
                    : template.Render(variables, options),
            };
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
