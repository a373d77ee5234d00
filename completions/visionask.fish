# fish completion for visionask. Made by completions/generate.py: change the commands, not this file.
function __visionask_at
    set -l at ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$at $word"
            case ' ask'
                set at 'ask'
            case ' scan'
                set at 'scan'
            case ' cost'
                set at 'cost'
            case ' prep'
                set at 'prep'
            case ' models'
                set at 'models'
            case ' completion'
                set at 'completion'
            case ' local'
                set at 'local'
            case ' logs'
                set at 'logs'
            case 'local list'
                set at 'local list'
            case 'local pull'
                set at 'local pull'
            case 'local serve'
                set at 'local serve'
            case 'logs list'
                set at 'logs list'
            case 'logs show'
                set at 'logs show'
            case 'logs search'
                set at 'logs search'
            case 'logs stats'
                set at 'logs stats'
            case 'logs purge'
                set at 'logs purge'
            case 'ask -m'
                set skip 1
            case 'ask --model'
                set skip 1
            case 'ask -d'
                set skip 1
            case 'ask --detail'
                set skip 1
            case 'ask -i'
                set skip 1
            case 'ask --image'
                set skip 1
            case 'ask -p'
                set skip 1
            case 'ask --prompt-file'
                set skip 1
            case 'ask -s'
                set skip 1
            case 'ask --system'
                set skip 1
            case 'ask --max-tokens'
                set skip 1
            case 'ask --temperature'
                set skip 1
            case 'ask --reasoning-effort'
                set skip 1
            case 'ask --service-tier'
                set skip 1
            case 'ask --max-side'
                set skip 1
            case 'ask --image-tokens'
                set skip 1
            case 'ask --crop'
                set skip 1
            case 'ask --redact'
                set skip 1
            case 'ask --quality'
                set skip 1
            case 'ask --max-pixels'
                set skip 1
            case 'ask --ledger'
                set skip 1
            case 'ask --max-cost'
                set skip 1
            case 'ask --confirm-above'
                set skip 1
            case 'ask --base-url'
                set skip 1
            case 'ask --api-key-env'
                set skip 1
            case 'ask --local'
                set skip 1
            case 'ask --profile'
                set skip 1
            case 'ask --timeout'
                set skip 1
            case 'ask --retries'
                set skip 1
            case 'scan -m'
                set skip 1
            case 'scan --model'
                set skip 1
            case 'scan -d'
                set skip 1
            case 'scan --detail'
                set skip 1
            case 'scan -i'
                set skip 1
            case 'scan --image'
                set skip 1
            case 'scan -p'
                set skip 1
            case 'scan --prompt-file'
                set skip 1
            case 'scan -s'
                set skip 1
            case 'scan --system'
                set skip 1
            case 'scan --max-tokens'
                set skip 1
            case 'scan --temperature'
                set skip 1
            case 'scan --reasoning-effort'
                set skip 1
            case 'scan --service-tier'
                set skip 1
            case 'scan --max-side'
                set skip 1
            case 'scan --image-tokens'
                set skip 1
            case 'scan --crop'
                set skip 1
            case 'scan --redact'
                set skip 1
            case 'scan --quality'
                set skip 1
            case 'scan --max-pixels'
                set skip 1
            case 'scan --include'
                set skip 1
            case 'scan --exclude'
                set skip 1
            case 'scan --files-from'
                set skip 1
            case 'scan --limit'
                set skip 1
            case 'scan --sample'
                set skip 1
            case 'scan -j'
                set skip 1
            case 'scan --jobs'
                set skip 1
            case 'scan --rpm'
                set skip 1
            case 'scan --tpm'
                set skip 1
            case 'scan --ledger'
                set skip 1
            case 'scan -o'
                set skip 1
            case 'scan --output'
                set skip 1
            case 'scan -f'
                set skip 1
            case 'scan --format'
                set skip 1
            case 'scan --max-cost'
                set skip 1
            case 'scan --confirm-above'
                set skip 1
            case 'scan --base-url'
                set skip 1
            case 'scan --api-key-env'
                set skip 1
            case 'scan --local'
                set skip 1
            case 'scan --profile'
                set skip 1
            case 'scan --timeout'
                set skip 1
            case 'scan --retries'
                set skip 1
            case 'cost -m'
                set skip 1
            case 'cost --model'
                set skip 1
            case 'cost -d'
                set skip 1
            case 'cost --detail'
                set skip 1
            case 'cost -i'
                set skip 1
            case 'cost --image'
                set skip 1
            case 'cost --question'
                set skip 1
            case 'cost -p'
                set skip 1
            case 'cost --prompt-file'
                set skip 1
            case 'cost -s'
                set skip 1
            case 'cost --system'
                set skip 1
            case 'cost --compare'
                set skip 1
            case 'cost --max-tokens'
                set skip 1
            case 'cost --service-tier'
                set skip 1
            case 'cost --max-side'
                set skip 1
            case 'cost --image-tokens'
                set skip 1
            case 'cost --crop'
                set skip 1
            case 'cost --redact'
                set skip 1
            case 'cost --quality'
                set skip 1
            case 'cost --include'
                set skip 1
            case 'cost --exclude'
                set skip 1
            case 'cost --ledger'
                set skip 1
            case 'cost --profile'
                set skip 1
            case 'prep -o'
                set skip 1
            case 'prep --output'
                set skip 1
            case 'prep -m'
                set skip 1
            case 'prep --model'
                set skip 1
            case 'prep -d'
                set skip 1
            case 'prep --detail'
                set skip 1
            case 'prep -i'
                set skip 1
            case 'prep --image'
                set skip 1
            case 'prep --max-side'
                set skip 1
            case 'prep --image-tokens'
                set skip 1
            case 'prep --crop'
                set skip 1
            case 'prep --redact'
                set skip 1
            case 'prep --quality'
                set skip 1
            case 'prep --max-pixels'
                set skip 1
            case 'prep --include'
                set skip 1
            case 'prep --exclude'
                set skip 1
            case 'prep --profile'
                set skip 1
            case 'models --ledger'
                set skip 1
            case 'models --profile'
                set skip 1
            case 'logs list --limit'
                set skip 1
            case 'logs list -m'
                set skip 1
            case 'logs list --model'
                set skip 1
            case 'logs list --ledger'
                set skip 1
            case 'logs list --profile'
                set skip 1
            case 'logs show --ledger'
                set skip 1
            case 'logs show --profile'
                set skip 1
            case 'logs search --limit'
                set skip 1
            case 'logs search --ledger'
                set skip 1
            case 'logs search --profile'
                set skip 1
            case 'logs stats --since'
                set skip 1
            case 'logs stats --ledger'
                set skip 1
            case 'logs stats --profile'
                set skip 1
            case 'logs purge --older-than'
                set skip 1
            case 'logs purge -m'
                set skip 1
            case 'logs purge --model'
                set skip 1
            case 'logs purge --ledger'
                set skip 1
            case 'logs purge --profile'
                set skip 1
        end
    end
    test "$at" = "$argv[1]"
end
complete -c visionask -n '__visionask_at \'\'' -f -a ask -d 'Ask one question about one or several images. An answer that is paid for comes from the ledger'
complete -c visionask -n '__visionask_at \'\'' -f -a scan -d 'Ask one question about each image of many. Run it again to go on: what is answered is never paid ...'
complete -c visionask -n '__visionask_at \'\'' -f -a cost -d 'Show tokens and price of images, folders, quoted globs or links. Nothing is sent, no key is needed'
complete -c visionask -n '__visionask_at \'\'' -f -a prep -d 'Write exactly the picture bytes that would be sent, and say what was done'
complete -c visionask -n '__visionask_at \'\'' -f -a models -d 'List the models that can be priced, or show all about one: token rule, prices, dates, source'
complete -c visionask -n '__visionask_at \'\'' -f -a completion -d 'Print the completion script for a shell'
complete -c visionask -n '__visionask_at \'\'' -f -a local -d 'A model on this machine, no key'
complete -c visionask -n '__visionask_at \'\'' -f -a logs -d 'What was asked, answered and spent'
complete -c visionask -n '__visionask_at \'\'' -f
complete -c visionask -n '__visionask_at \'\'' -s V -l version -d 'Show the version'
complete -c visionask -n '__visionask_at \'\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'ask\'' -s m -l model -x -a 'gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'ask\'' -s d -l detail -x -a 'low high auto original' -d 'low, high, auto or original [default: auto]'
complete -c visionask -n '__visionask_at \'ask\'' -s i -l image -r -F -d 'One more image'
complete -c visionask -n '__visionask_at \'ask\'' -s p -l prompt-file -r -F -d 'Take the question from FILE; every argument is an image'
complete -c visionask -n '__visionask_at \'ask\'' -s s -l system -x -d 'System prompt'
complete -c visionask -n '__visionask_at \'ask\'' -l max-tokens -x -d 'Longest answer, in tokens'
complete -c visionask -n '__visionask_at \'ask\'' -l temperature -x -d 'Sent only when given'
complete -c visionask -n '__visionask_at \'ask\'' -l reasoning-effort -x -a 'none minimal low medium high xhigh max' -d 'none, minimal, low, medium, high ...'
complete -c visionask -n '__visionask_at \'ask\'' -l service-tier -x -a 'auto default flex priority' -d 'auto, default, flex or priority'
complete -c visionask -n '__visionask_at \'ask\'' -l prompt-cache -d 'Let the provider cache the prompt (a write costs more)'
complete -c visionask -n '__visionask_at \'ask\'' -l max-side -x -d 'Longest side that is sent'
complete -c visionask -n '__visionask_at \'ask\'' -l image-tokens -x -d 'Largest size whose tokens do not exceed N'
complete -c visionask -n '__visionask_at \'ask\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'ask\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'ask\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'ask\'' -l keep-metadata -d 'Keep EXIF (also GPS), XMP and ICC'
complete -c visionask -n '__visionask_at \'ask\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'ask\'' -l max-pixels -x -d 'Most pixels to decode [default: 89 million]'
complete -c visionask -n '__visionask_at \'ask\'' -l allow-truncated -d 'Send what there is of a cut picture'
complete -c visionask -n '__visionask_at \'ask\'' -l pass-url -d 'Hand links on instead of fetching them here'
complete -c visionask -n '__visionask_at \'ask\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'ask\'' -l cache -l no-cache -d 'Take the answer from the ledger if it is there'
complete -c visionask -n '__visionask_at \'ask\'' -l log -l no-log -d 'Keep answers in the ledger'
complete -c visionask -n '__visionask_at \'ask\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'ask\'' -s n -l dry-run -d 'Plan and price only: no key, no request'
complete -c visionask -n '__visionask_at \'ask\'' -l max-cost -x -d 'Stop before spending more'
complete -c visionask -n '__visionask_at \'ask\'' -l confirm-above -x -d 'Ask first above this price'
complete -c visionask -n '__visionask_at \'ask\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'ask\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'ask\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'ask\'' -l local -x -a 'practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b' -d 'A model on this machine, no key'
complete -c visionask -n '__visionask_at \'ask\'' -l profile -x -d 'Profile of the config file'
complete -c visionask -n '__visionask_at \'ask\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'ask\'' -l retries -x -d 'Tries after the first [default: 4]'
complete -c visionask -n '__visionask_at \'ask\'' -l stream -l no-stream -d 'Show the answer while it comes'
complete -c visionask -n '__visionask_at \'ask\'' -l raw -d 'Do not neutralise control characters'
complete -c visionask -n '__visionask_at \'ask\'' -s u -l usage -d 'Show projected against billed'
complete -c visionask -n '__visionask_at \'ask\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'ask\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'ask\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'ask\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'ask\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'ask\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'scan\'' -s m -l model -x -a 'gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'scan\'' -s d -l detail -x -a 'low high auto original' -d 'low, high, auto or original [default: auto]'
complete -c visionask -n '__visionask_at \'scan\'' -s i -l image -r -F -d 'One more image'
complete -c visionask -n '__visionask_at \'scan\'' -s p -l prompt-file -r -F -d 'Take the question from FILE; every argument is an image'
complete -c visionask -n '__visionask_at \'scan\'' -s s -l system -x -d 'System prompt'
complete -c visionask -n '__visionask_at \'scan\'' -l max-tokens -x -d 'Longest answer, in tokens'
complete -c visionask -n '__visionask_at \'scan\'' -l temperature -x -d 'Sent only when given'
complete -c visionask -n '__visionask_at \'scan\'' -l reasoning-effort -x -a 'none minimal low medium high xhigh max' -d 'none, minimal, low, medium, high ...'
complete -c visionask -n '__visionask_at \'scan\'' -l service-tier -x -a 'auto default flex priority' -d 'auto, default, flex or priority'
complete -c visionask -n '__visionask_at \'scan\'' -l prompt-cache -d 'Let the provider cache the prompt (a write costs more)'
complete -c visionask -n '__visionask_at \'scan\'' -l max-side -x -d 'Longest side that is sent'
complete -c visionask -n '__visionask_at \'scan\'' -l image-tokens -x -d 'Largest size whose tokens do not exceed N'
complete -c visionask -n '__visionask_at \'scan\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'scan\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'scan\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'scan\'' -l keep-metadata -d 'Keep EXIF (also GPS), XMP and ICC'
complete -c visionask -n '__visionask_at \'scan\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'scan\'' -l max-pixels -x -d 'Most pixels to decode [default: 89 million]'
complete -c visionask -n '__visionask_at \'scan\'' -l allow-truncated -d 'Send what there is of a cut picture'
complete -c visionask -n '__visionask_at \'scan\'' -l pass-url -d 'Hand links on instead of fetching them here'
complete -c visionask -n '__visionask_at \'scan\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'scan\'' -s r -l recursive -d 'Go into folders below a folder'
complete -c visionask -n '__visionask_at \'scan\'' -l include -x -d 'Only these names in folders'
complete -c visionask -n '__visionask_at \'scan\'' -l exclude -x -d 'Not these names in folders'
complete -c visionask -n '__visionask_at \'scan\'' -l files-from -r -F -d 'Also the images named in FILE, one a line'
complete -c visionask -n '__visionask_at \'scan\'' -s 0 -l null -d 'Names in FILE end in NUL'
complete -c visionask -n '__visionask_at \'scan\'' -l limit -x -d 'Only the first N images'
complete -c visionask -n '__visionask_at \'scan\'' -l sample -x -d 'N images spread over all, the same each time'
complete -c visionask -n '__visionask_at \'scan\'' -s j -l jobs -x -d 'Requests at a time [default: 8]'
complete -c visionask -n '__visionask_at \'scan\'' -l rpm -x -d 'Most requests a minute'
complete -c visionask -n '__visionask_at \'scan\'' -l tpm -x -d 'Most tokens a minute, images included'
complete -c visionask -n '__visionask_at \'scan\'' -l retry-failed -d 'Ask again what was refused before'
complete -c visionask -n '__visionask_at \'scan\'' -l cache -l no-cache -d 'Take answers from the ledger'
complete -c visionask -n '__visionask_at \'scan\'' -l log -l no-log -d 'Keep answers in the ledger'
complete -c visionask -n '__visionask_at \'scan\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'scan\'' -s o -l output -r -F -d 'Results: .jsonl .csv .html .md; repeatable'
complete -c visionask -n '__visionask_at \'scan\'' -s f -l format -x -d 'text, json or jsonl here; or of -o files'
complete -c visionask -n '__visionask_at \'scan\'' -l sidecar -d 'Write IMAGE.txt next to each image'
complete -c visionask -n '__visionask_at \'scan\'' -s n -l dry-run -d 'Plan and price only: no key, no request'
complete -c visionask -n '__visionask_at \'scan\'' -l max-cost -x -d 'Stop before spending more'
complete -c visionask -n '__visionask_at \'scan\'' -l confirm-above -x -d 'Ask first above this price'
complete -c visionask -n '__visionask_at \'scan\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'scan\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'scan\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'scan\'' -l local -x -a 'practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b' -d 'A model on this machine, no key'
complete -c visionask -n '__visionask_at \'scan\'' -l profile -x -d 'Profile of the config file'
complete -c visionask -n '__visionask_at \'scan\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'scan\'' -l retries -x -d 'Tries after the first [default: 4]'
complete -c visionask -n '__visionask_at \'scan\'' -l progress -l no-progress -d 'Show how far it is'
complete -c visionask -n '__visionask_at \'scan\'' -l raw -d 'Do not neutralise control characters'
complete -c visionask -n '__visionask_at \'scan\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'scan\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'scan\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'scan\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'scan\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'scan\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'cost\'' -s m -l model -x -a 'gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'cost\'' -s d -l detail -x -a 'low high auto original' -d 'low, high, auto or original [default: auto]'
complete -c visionask -n '__visionask_at \'cost\'' -s i -l image -r -F -d 'One more image'
complete -c visionask -n '__visionask_at \'cost\'' -l question -x -d 'Add the tokens of a question'
complete -c visionask -n '__visionask_at \'cost\'' -s p -l prompt-file -r -F -d 'Take the question from FILE; every argument is an image'
complete -c visionask -n '__visionask_at \'cost\'' -s s -l system -x -d 'System prompt'
complete -c visionask -n '__visionask_at \'cost\'' -l compare -x -d 'The same images across models, cheapest first'
complete -c visionask -n '__visionask_at \'cost\'' -l max-tokens -x -d 'Longest answer, in tokens'
complete -c visionask -n '__visionask_at \'cost\'' -l service-tier -x -a 'auto default flex priority' -d 'default, flex, priority or batch prices'
complete -c visionask -n '__visionask_at \'cost\'' -l prompt-cache -d 'Let the provider cache the prompt (a write costs more)'
complete -c visionask -n '__visionask_at \'cost\'' -l max-side -x -d 'Longest side that is sent'
complete -c visionask -n '__visionask_at \'cost\'' -l image-tokens -x -d 'Largest size whose tokens do not exceed N'
complete -c visionask -n '__visionask_at \'cost\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'cost\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'cost\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'cost\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'cost\'' -s r -l recursive -d 'Go into folders below a folder'
complete -c visionask -n '__visionask_at \'cost\'' -l include -x -d 'Only these names in folders'
complete -c visionask -n '__visionask_at \'cost\'' -l exclude -x -d 'Not these names in folders'
complete -c visionask -n '__visionask_at \'cost\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'cost\'' -l calibrated -d 'Multiply by what the ledger has measured of the model'
complete -c visionask -n '__visionask_at \'cost\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'cost\'' -l profile -x -d 'Profile of the config file'
complete -c visionask -n '__visionask_at \'cost\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'cost\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'cost\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'cost\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'cost\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'cost\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'prep\'' -s o -l output -x -a '(__fish_complete_directories)' -d 'Folder to write to'
complete -c visionask -n '__visionask_at \'prep\'' -s m -l model -x -a 'gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'prep\'' -s d -l detail -x -a 'low high auto original' -d 'low, high, auto or original [default: auto]'
complete -c visionask -n '__visionask_at \'prep\'' -s i -l image -r -F -d 'One more image'
complete -c visionask -n '__visionask_at \'prep\'' -l max-side -x -d 'Longest side that is sent'
complete -c visionask -n '__visionask_at \'prep\'' -l image-tokens -x -d 'Largest size whose tokens do not exceed N'
complete -c visionask -n '__visionask_at \'prep\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'prep\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'prep\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'prep\'' -l keep-metadata -d 'Keep EXIF (also GPS), XMP and ICC'
complete -c visionask -n '__visionask_at \'prep\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'prep\'' -l max-pixels -x -d 'Most pixels to decode [default: 89 million]'
complete -c visionask -n '__visionask_at \'prep\'' -l allow-truncated -d 'Send what there is of a cut picture'
complete -c visionask -n '__visionask_at \'prep\'' -s r -l recursive -d 'Go into folders below a folder'
complete -c visionask -n '__visionask_at \'prep\'' -l include -x -d 'Only these names in folders'
complete -c visionask -n '__visionask_at \'prep\'' -l exclude -x -d 'Not these names in folders'
complete -c visionask -n '__visionask_at \'prep\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'prep\'' -l profile -x -d 'Profile of the config file'
complete -c visionask -n '__visionask_at \'prep\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'prep\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'prep\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'prep\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'prep\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'prep\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'models\'' -f -a 'gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare'
complete -c visionask -n '__visionask_at \'models\'' -l local -d 'Models for this machine, with sizes'
complete -c visionask -n '__visionask_at \'models\'' -l all -d 'Also models that are shut down'
complete -c visionask -n '__visionask_at \'models\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'models\'' -l profile -x -d 'Profile of the config file'
complete -c visionask -n '__visionask_at \'models\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'models\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'models\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'completion\'' -f -a 'bash zsh fish powershell'
complete -c visionask -n '__visionask_at \'completion\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'local\'' -f -a list -d 'List the models that are here, and those that can be pulled'
complete -c visionask -n '__visionask_at \'local\'' -f -a pull -d 'Download a model from the Hugging Face hub: a listed name, or OWNER/REPO of a GGUF repository'
complete -c visionask -n '__visionask_at \'local\'' -f -a serve -d 'Serve a local model until Ctrl-C: prints the two variables that point any OpenAI client at it'
complete -c visionask -n '__visionask_at \'local\'' -f
complete -c visionask -n '__visionask_at \'local\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'local list\'' -f
complete -c visionask -n '__visionask_at \'local list\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'local list\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'local pull\'' -f -a 'practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b'
complete -c visionask -n '__visionask_at \'local pull\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'local pull\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'local serve\'' -f -a 'practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b'
complete -c visionask -n '__visionask_at \'local serve\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'local serve\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs\'' -f -a list -d 'List the answers, newest first'
complete -c visionask -n '__visionask_at \'logs\'' -f -a show -d 'Show all of one answer: question, system prompt, images by name, usage, price. ID may be its ...'
complete -c visionask -n '__visionask_at \'logs\'' -f -a search -d 'List the answers in which every word begins a word of the question or the answer, newest first'
complete -c visionask -n '__visionask_at \'logs\'' -f -a stats -d 'Show the spend by day and model, what was not paid again, and how far projections were off'
complete -c visionask -n '__visionask_at \'logs\'' -f -a purge -d 'Forget answers, and overwrite them on the disk. Sums of money by day are kept'
complete -c visionask -n '__visionask_at \'logs\'' -f
complete -c visionask -n '__visionask_at \'logs\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs list\'' -f
complete -c visionask -n '__visionask_at \'logs list\'' -l limit -x -d 'At most so many'
complete -c visionask -n '__visionask_at \'logs list\'' -s m -l model -x -a 'gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare' -d 'Only of this model'
complete -c visionask -n '__visionask_at \'logs list\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs list\'' -l profile -x -d 'Profile of the config file'
complete -c visionask -n '__visionask_at \'logs list\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs list\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs list\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs show\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs show\'' -l profile -x -d 'Profile of the config file'
complete -c visionask -n '__visionask_at \'logs show\'' -l raw -d 'Do not neutralise control characters'
complete -c visionask -n '__visionask_at \'logs show\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs show\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs show\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs search\'' -l limit -x -d 'At most so many'
complete -c visionask -n '__visionask_at \'logs search\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs search\'' -l profile -x -d 'Profile of the config file'
complete -c visionask -n '__visionask_at \'logs search\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs search\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs search\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs stats\'' -f
complete -c visionask -n '__visionask_at \'logs stats\'' -l since -x -d 'From this day (UTC): 2026-11-22. Drift is of all days'
complete -c visionask -n '__visionask_at \'logs stats\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs stats\'' -l profile -x -d 'Profile of the config file'
complete -c visionask -n '__visionask_at \'logs stats\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs stats\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs stats\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs purge\'' -f
complete -c visionask -n '__visionask_at \'logs purge\'' -l older-than -x -d 'Only what is older than so many days'
complete -c visionask -n '__visionask_at \'logs purge\'' -s m -l model -x -a 'gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare' -d 'Only of this model'
complete -c visionask -n '__visionask_at \'logs purge\'' -l all -d 'Everything'
complete -c visionask -n '__visionask_at \'logs purge\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'logs purge\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs purge\'' -l profile -x -d 'Profile of the config file'
complete -c visionask -n '__visionask_at \'logs purge\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs purge\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs purge\'' -s h -l help -d 'Show this message and exit'
