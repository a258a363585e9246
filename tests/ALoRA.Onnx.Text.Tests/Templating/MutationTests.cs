using System.Text;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Text.Tests.Templating;

/// <summary>Templates damaged at random either render or fail as templates do; nothing else may come out.</summary>
[TestClass]
public sealed class MutationTests
{
    private const string Seed = """
        {%- macro tool(t, indent=2) -%}
        {{ t.function.name }}: {{ t.function | tojson(indent=indent) }}{{ caller(1) if caller }}
        {%- endmacro -%}
        {{ bos_token }}{% set ns = namespace(last=-1, text='') %}
        {%- for m in messages if m.role != 'ignored' %}
        {%- if m['role'] == 'user' %}{% set ns.last = loop.index0 %}{% endif %}
        {% if m.content is string %}<|{{ m.role | upper }}|>{{ m.content.split('</think>')[-1].lstrip('\n') | trim }}
        {%- elif m.content is iterable and m.content is not mapping %}{% for p in m.content %}{{
            p.text if p.type == 'text' else '[' ~ p.type ~ ']' }}{% endfor %}
        {%- else %}{{ raise_exception('bad content') }}{% endif %}
        {% endfor %}{# end #}
        {% for t in tools or [] %}{{ loop.index }}. {{ tool(t) }}{{ '%s-%05.2f' % ('a', 1.5) }}{{ '{:>5}'
            .format(loop.length) }}{% else %}none{% endfor %}
        {% set body | indent(2, true) %}a{{ messages[1:][::-1] | map(attribute='role') | join(', ') }}
        b{% endset %}{{ body }}{% call(x) tool({'function': {'name': 'n'}}) %}{{ x }}{% endcall %}
        {% if add_generation_prompt and (messages | length) % 2 == 1 and 2 ** 3 > 7 %}<|assistant|>{% endif %}
        """;

    private static readonly string Variables = """
        {"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "é"}, {"type": "image"}]},
            {"role": "user", "content": "u"}],
         "tools": [{"function": {"name": "f", "parameters": {"a": 1.5}}}], "add_generation_prompt": true, "bos_token": "<s>"}
        """;

    [TestMethod]
    public void ParseAndRender_DamagedTemplates_RenderOrFailAsTemplates()
    {
        JsonObject variables = JsonNode.Parse(Variables)!.AsObject();
        ChatTemplateOptions options = new() { MaxSteps = 100_000, MaxLength = 100_000 };
        Fuzzing.Check(
            Encoding.UTF8.GetBytes(Seed),
            bytes => ChatTemplate.Parse(Encoding.UTF8.GetString(bytes)).Render(variables, options),
            exception => exception is TemplateException,
            FuzzPieces.Template,
            runs: 10_000);
    }
}
