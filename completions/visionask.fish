# fish completion for visionask. Made by completions/generate.py: change the commands, not this file.
# Every line below asks where the cursor is: it is found out once for a command line.
function __visionask_at
    set -l words (commandline -opc)
    set -l line (string join \x1f -- $words)
    if not set -q __visionask_line; or test "$__visionask_line" != "$line"
        set -g __visionask_line $line
        set -g __visionask_found (__visionask_find $words[2..-1])
    end
    test "$__visionask_found" = "$argv[1]"
end
function __visionask_find
    set -l at ''
    set -l skip 0
    for word in $argv
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$at $word"
            case ' ask'
                set at 'ask'
            case ' scan'
                set at 'scan'
            case ' check'
                set at 'check'
            case ' batch'
                set at 'batch'
            case ' chat'
                set at 'chat'
            case ' cost'
                set at 'cost'
            case ' prep'
                set at 'prep'
            case ' models'
                set at 'models'
            case ' config'
                set at 'config'
            case ' completion'
                set at 'completion'
            case ' local'
                set at 'local'
            case ' logs'
                set at 'logs'
            case ' eval'
                set at 'eval'
            case ' diff'
                set at 'diff'
            case ' doctor'
                set at 'doctor'
            case ' help'
                set at 'help'
            case 'batch submit'
                set at 'batch submit'
            case 'batch export'
                set at 'batch export'
            case 'batch list'
                set at 'batch list'
            case 'batch status'
                set at 'batch status'
            case 'batch fetch'
                set at 'batch fetch'
            case 'batch cancel'
                set at 'batch cancel'
            case 'batch import'
                set at 'batch import'
            case 'config show'
                set at 'config show'
            case 'config set'
                set at 'config set'
            case 'config get'
                set at 'config get'
            case 'config unset'
                set at 'config unset'
            case 'config path'
                set at 'config path'
            case 'config edit'
                set at 'config edit'
            case 'config templates'
                set at 'config templates'
            case 'config templates list'
                set at 'config templates list'
            case 'config templates show'
                set at 'config templates show'
            case 'config templates path'
                set at 'config templates path'
            case 'config templates edit'
                set at 'config templates edit'
            case 'local list'
                set at 'local list'
            case 'local pull'
                set at 'local pull'
            case 'local serve'
                set at 'local serve'
            case 'logs list'
                set at 'logs list'
            case 'logs runs'
                set at 'logs runs'
            case 'logs conversations'
                set at 'logs conversations'
            case 'logs show'
                set at 'logs show'
            case 'logs search'
                set at 'logs search'
            case 'logs stats'
                set at 'logs stats'
            case 'logs merge'
                set at 'logs merge'
            case 'logs purge'
                set at 'logs purge'
            case 'ask -p'
                set skip 1
            case 'ask --prompt-file'
                set skip 1
            case 'ask -i'
                set skip 1
            case 'ask --image'
                set skip 1
            case 'ask -m'
                set skip 1
            case 'ask --model'
                set skip 1
            case 'ask --local'
                set skip 1
            case 'ask --profile'
                set skip 1
            case 'ask --base-url'
                set skip 1
            case 'ask --api-key-env'
                set skip 1
            case 'ask --timeout'
                set skip 1
            case 'ask --retries'
                set skip 1
            case 'ask --record'
                set skip 1
            case 'ask --replay'
                set skip 1
            case 'ask -t'
                set skip 1
            case 'ask --template'
                set skip 1
            case 'ask --param'
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
            case 'ask --max-cost'
                set skip 1
            case 'ask --confirm-above'
                set skip 1
            case 'ask --service-tier'
                set skip 1
            case 'ask --ledger'
                set skip 1
            case 'ask --schema'
                set skip 1
            case 'ask --schema-multi'
                set skip 1
            case 'ask -d'
                set skip 1
            case 'ask --detail'
                set skip 1
            case 'ask --crop'
                set skip 1
            case 'ask --max-side'
                set skip 1
            case 'ask --rotate'
                set skip 1
            case 'ask --redact'
                set skip 1
            case 'ask --page'
                set skip 1
            case 'ask --pages'
                set skip 1
            case 'ask --frame'
                set skip 1
            case 'ask --image-tokens'
                set skip 1
            case 'ask --quality'
                set skip 1
            case 'ask --max-pixels'
                set skip 1
            case 'ask --cid'
                set skip 1
            case 'scan -p'
                set skip 1
            case 'scan --prompt-file'
                set skip 1
            case 'scan -i'
                set skip 1
            case 'scan --image'
                set skip 1
            case 'scan -m'
                set skip 1
            case 'scan --model'
                set skip 1
            case 'scan --local'
                set skip 1
            case 'scan --profile'
                set skip 1
            case 'scan --base-url'
                set skip 1
            case 'scan --api-key-env'
                set skip 1
            case 'scan --timeout'
                set skip 1
            case 'scan --retries'
                set skip 1
            case 'scan --record'
                set skip 1
            case 'scan --replay'
                set skip 1
            case 'scan -t'
                set skip 1
            case 'scan --template'
                set skip 1
            case 'scan --param'
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
            case 'scan --max-cost'
                set skip 1
            case 'scan --confirm-above'
                set skip 1
            case 'scan --service-tier'
                set skip 1
            case 'scan --ledger'
                set skip 1
            case 'scan -j'
                set skip 1
            case 'scan --jobs'
                set skip 1
            case 'scan --rpm'
                set skip 1
            case 'scan --tpm'
                set skip 1
            case 'scan --schema'
                set skip 1
            case 'scan --schema-multi'
                set skip 1
            case 'scan -d'
                set skip 1
            case 'scan --detail'
                set skip 1
            case 'scan --crop'
                set skip 1
            case 'scan --max-side'
                set skip 1
            case 'scan --rotate'
                set skip 1
            case 'scan --redact'
                set skip 1
            case 'scan --page'
                set skip 1
            case 'scan --pages'
                set skip 1
            case 'scan --frame'
                set skip 1
            case 'scan --image-tokens'
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
            case 'scan --shard'
                set skip 1
            case 'scan --statement'
                set skip 1
            case 'scan --choice'
                set skip 1
            case 'scan --score'
                set skip 1
            case 'scan --expect'
                set skip 1
            case 'scan --threshold'
                set skip 1
            case 'scan --unsure'
                set skip 1
            case 'scan --escalate'
                set skip 1
            case 'scan --engine'
                set skip 1
            case 'scan --escalate-detail'
                set skip 1
            case 'scan --file'
                set skip 1
            case 'scan -o'
                set skip 1
            case 'scan --output'
                set skip 1
            case 'scan -f'
                set skip 1
            case 'scan --format'
                set skip 1
            case 'check --file'
                set skip 1
            case 'check -i'
                set skip 1
            case 'check --image'
                set skip 1
            case 'check --also'
                set skip 1
            case 'check --choice'
                set skip 1
            case 'check --score'
                set skip 1
            case 'check --expect'
                set skip 1
            case 'check --threshold'
                set skip 1
            case 'check --unsure'
                set skip 1
            case 'check --escalate'
                set skip 1
            case 'check --engine'
                set skip 1
            case 'check --repeat'
                set skip 1
            case 'check --against'
                set skip 1
            case 'check --against-dir'
                set skip 1
            case 'check --ignore'
                set skip 1
            case 'check --tolerance'
                set skip 1
            case 'check --unused'
                set skip 1
            case 'check --include'
                set skip 1
            case 'check --exclude'
                set skip 1
            case 'check -m'
                set skip 1
            case 'check --model'
                set skip 1
            case 'check --local'
                set skip 1
            case 'check --profile'
                set skip 1
            case 'check --base-url'
                set skip 1
            case 'check --api-key-env'
                set skip 1
            case 'check --timeout'
                set skip 1
            case 'check --retries'
                set skip 1
            case 'check --record'
                set skip 1
            case 'check --replay'
                set skip 1
            case 'check -t'
                set skip 1
            case 'check --template'
                set skip 1
            case 'check --param'
                set skip 1
            case 'check -s'
                set skip 1
            case 'check --system'
                set skip 1
            case 'check --max-tokens'
                set skip 1
            case 'check --temperature'
                set skip 1
            case 'check --reasoning-effort'
                set skip 1
            case 'check --max-cost'
                set skip 1
            case 'check --confirm-above'
                set skip 1
            case 'check --service-tier'
                set skip 1
            case 'check --ledger'
                set skip 1
            case 'check -j'
                set skip 1
            case 'check --jobs'
                set skip 1
            case 'check -d'
                set skip 1
            case 'check --detail'
                set skip 1
            case 'check --crop'
                set skip 1
            case 'check --max-side'
                set skip 1
            case 'check --rotate'
                set skip 1
            case 'check --redact'
                set skip 1
            case 'check --page'
                set skip 1
            case 'check --pages'
                set skip 1
            case 'check --frame'
                set skip 1
            case 'check --image-tokens'
                set skip 1
            case 'check --quality'
                set skip 1
            case 'check --max-pixels'
                set skip 1
            case 'check -o'
                set skip 1
            case 'check --output'
                set skip 1
            case 'check -f'
                set skip 1
            case 'check --format'
                set skip 1
            case 'check --junit'
                set skip 1
            case 'check --summary-md'
                set skip 1
            case 'batch submit -p'
                set skip 1
            case 'batch submit --prompt-file'
                set skip 1
            case 'batch submit -i'
                set skip 1
            case 'batch submit --image'
                set skip 1
            case 'batch submit -m'
                set skip 1
            case 'batch submit --model'
                set skip 1
            case 'batch submit --profile'
                set skip 1
            case 'batch submit --base-url'
                set skip 1
            case 'batch submit --api-key-env'
                set skip 1
            case 'batch submit --timeout'
                set skip 1
            case 'batch submit --retries'
                set skip 1
            case 'batch submit -t'
                set skip 1
            case 'batch submit --template'
                set skip 1
            case 'batch submit --param'
                set skip 1
            case 'batch submit -s'
                set skip 1
            case 'batch submit --system'
                set skip 1
            case 'batch submit --max-tokens'
                set skip 1
            case 'batch submit --temperature'
                set skip 1
            case 'batch submit --reasoning-effort'
                set skip 1
            case 'batch submit --max-cost'
                set skip 1
            case 'batch submit --confirm-above'
                set skip 1
            case 'batch submit --ledger'
                set skip 1
            case 'batch submit --schema'
                set skip 1
            case 'batch submit --schema-multi'
                set skip 1
            case 'batch submit -d'
                set skip 1
            case 'batch submit --detail'
                set skip 1
            case 'batch submit --crop'
                set skip 1
            case 'batch submit --max-side'
                set skip 1
            case 'batch submit --rotate'
                set skip 1
            case 'batch submit --redact'
                set skip 1
            case 'batch submit --page'
                set skip 1
            case 'batch submit --pages'
                set skip 1
            case 'batch submit --frame'
                set skip 1
            case 'batch submit --image-tokens'
                set skip 1
            case 'batch submit --quality'
                set skip 1
            case 'batch submit --max-pixels'
                set skip 1
            case 'batch submit --include'
                set skip 1
            case 'batch submit --exclude'
                set skip 1
            case 'batch submit --files-from'
                set skip 1
            case 'batch submit --limit'
                set skip 1
            case 'batch submit --sample'
                set skip 1
            case 'batch submit -j'
                set skip 1
            case 'batch submit --jobs'
                set skip 1
            case 'batch submit --shard-requests'
                set skip 1
            case 'batch submit --shard-mb'
                set skip 1
            case 'batch submit --executor'
                set skip 1
            case 'batch submit --chunk'
                set skip 1
            case 'batch submit --chunk-store'
                set skip 1
            case 'batch submit --statement'
                set skip 1
            case 'batch submit --choice'
                set skip 1
            case 'batch submit --score'
                set skip 1
            case 'batch submit --expect'
                set skip 1
            case 'batch submit --file'
                set skip 1
            case 'batch submit --spool'
                set skip 1
            case 'batch export -o'
                set skip 1
            case 'batch export --to'
                set skip 1
            case 'batch export --output'
                set skip 1
            case 'batch export -p'
                set skip 1
            case 'batch export --prompt-file'
                set skip 1
            case 'batch export -i'
                set skip 1
            case 'batch export --image'
                set skip 1
            case 'batch export -m'
                set skip 1
            case 'batch export --model'
                set skip 1
            case 'batch export --profile'
                set skip 1
            case 'batch export --base-url'
                set skip 1
            case 'batch export -t'
                set skip 1
            case 'batch export --template'
                set skip 1
            case 'batch export --param'
                set skip 1
            case 'batch export -s'
                set skip 1
            case 'batch export --system'
                set skip 1
            case 'batch export --max-tokens'
                set skip 1
            case 'batch export --temperature'
                set skip 1
            case 'batch export --reasoning-effort'
                set skip 1
            case 'batch export --ledger'
                set skip 1
            case 'batch export --schema'
                set skip 1
            case 'batch export --schema-multi'
                set skip 1
            case 'batch export -d'
                set skip 1
            case 'batch export --detail'
                set skip 1
            case 'batch export --crop'
                set skip 1
            case 'batch export --max-side'
                set skip 1
            case 'batch export --rotate'
                set skip 1
            case 'batch export --redact'
                set skip 1
            case 'batch export --page'
                set skip 1
            case 'batch export --pages'
                set skip 1
            case 'batch export --frame'
                set skip 1
            case 'batch export --image-tokens'
                set skip 1
            case 'batch export --quality'
                set skip 1
            case 'batch export --max-pixels'
                set skip 1
            case 'batch export --include'
                set skip 1
            case 'batch export --exclude'
                set skip 1
            case 'batch export --files-from'
                set skip 1
            case 'batch export --limit'
                set skip 1
            case 'batch export --sample'
                set skip 1
            case 'batch export -j'
                set skip 1
            case 'batch export --jobs'
                set skip 1
            case 'batch export --shard-requests'
                set skip 1
            case 'batch export --shard-mb'
                set skip 1
            case 'batch export --executor'
                set skip 1
            case 'batch export --chunk'
                set skip 1
            case 'batch export --chunk-store'
                set skip 1
            case 'batch export --statement'
                set skip 1
            case 'batch export --choice'
                set skip 1
            case 'batch export --score'
                set skip 1
            case 'batch export --expect'
                set skip 1
            case 'batch export --file'
                set skip 1
            case 'batch list --ledger'
                set skip 1
            case 'batch list --profile'
                set skip 1
            case 'batch status --every'
                set skip 1
            case 'batch status --base-url'
                set skip 1
            case 'batch status --api-key-env'
                set skip 1
            case 'batch status --profile'
                set skip 1
            case 'batch status --timeout'
                set skip 1
            case 'batch status --retries'
                set skip 1
            case 'batch status --ledger'
                set skip 1
            case 'batch fetch -o'
                set skip 1
            case 'batch fetch --output'
                set skip 1
            case 'batch fetch -f'
                set skip 1
            case 'batch fetch --format'
                set skip 1
            case 'batch fetch --base-url'
                set skip 1
            case 'batch fetch --api-key-env'
                set skip 1
            case 'batch fetch --profile'
                set skip 1
            case 'batch fetch --timeout'
                set skip 1
            case 'batch fetch --retries'
                set skip 1
            case 'batch fetch --ledger'
                set skip 1
            case 'batch cancel --base-url'
                set skip 1
            case 'batch cancel --api-key-env'
                set skip 1
            case 'batch cancel --profile'
                set skip 1
            case 'batch cancel --timeout'
                set skip 1
            case 'batch cancel --retries'
                set skip 1
            case 'batch cancel --ledger'
                set skip 1
            case 'batch import --from'
                set skip 1
            case 'batch import --ledger'
                set skip 1
            case 'batch import --profile'
                set skip 1
            case 'batch import -o'
                set skip 1
            case 'batch import --output'
                set skip 1
            case 'batch import -f'
                set skip 1
            case 'batch import --format'
                set skip 1
            case 'chat -i'
                set skip 1
            case 'chat --image'
                set skip 1
            case 'chat -m'
                set skip 1
            case 'chat --model'
                set skip 1
            case 'chat --local'
                set skip 1
            case 'chat --profile'
                set skip 1
            case 'chat --base-url'
                set skip 1
            case 'chat --api-key-env'
                set skip 1
            case 'chat --timeout'
                set skip 1
            case 'chat --retries'
                set skip 1
            case 'chat --record'
                set skip 1
            case 'chat --replay'
                set skip 1
            case 'chat -t'
                set skip 1
            case 'chat --template'
                set skip 1
            case 'chat --param'
                set skip 1
            case 'chat -s'
                set skip 1
            case 'chat --system'
                set skip 1
            case 'chat --max-tokens'
                set skip 1
            case 'chat --temperature'
                set skip 1
            case 'chat --reasoning-effort'
                set skip 1
            case 'chat --max-cost'
                set skip 1
            case 'chat --confirm-above'
                set skip 1
            case 'chat --service-tier'
                set skip 1
            case 'chat --ledger'
                set skip 1
            case 'chat -d'
                set skip 1
            case 'chat --detail'
                set skip 1
            case 'chat --crop'
                set skip 1
            case 'chat --max-side'
                set skip 1
            case 'chat --rotate'
                set skip 1
            case 'chat --redact'
                set skip 1
            case 'chat --page'
                set skip 1
            case 'chat --pages'
                set skip 1
            case 'chat --frame'
                set skip 1
            case 'chat --image-tokens'
                set skip 1
            case 'chat --quality'
                set skip 1
            case 'chat --max-pixels'
                set skip 1
            case 'chat --cid'
                set skip 1
            case 'cost --compare'
                set skip 1
            case 'cost --question'
                set skip 1
            case 'cost --pilot'
                set skip 1
            case 'cost -p'
                set skip 1
            case 'cost --prompt-file'
                set skip 1
            case 'cost -i'
                set skip 1
            case 'cost --image'
                set skip 1
            case 'cost --service-tier'
                set skip 1
            case 'cost -m'
                set skip 1
            case 'cost --model'
                set skip 1
            case 'cost --local'
                set skip 1
            case 'cost --profile'
                set skip 1
            case 'cost --base-url'
                set skip 1
            case 'cost --api-key-env'
                set skip 1
            case 'cost --timeout'
                set skip 1
            case 'cost --retries'
                set skip 1
            case 'cost --record'
                set skip 1
            case 'cost --replay'
                set skip 1
            case 'cost -t'
                set skip 1
            case 'cost --template'
                set skip 1
            case 'cost --param'
                set skip 1
            case 'cost -s'
                set skip 1
            case 'cost --system'
                set skip 1
            case 'cost --max-tokens'
                set skip 1
            case 'cost --temperature'
                set skip 1
            case 'cost --reasoning-effort'
                set skip 1
            case 'cost --max-cost'
                set skip 1
            case 'cost --confirm-above'
                set skip 1
            case 'cost --ledger'
                set skip 1
            case 'cost -j'
                set skip 1
            case 'cost --jobs'
                set skip 1
            case 'cost --rpm'
                set skip 1
            case 'cost --tpm'
                set skip 1
            case 'cost --schema'
                set skip 1
            case 'cost --schema-multi'
                set skip 1
            case 'cost -d'
                set skip 1
            case 'cost --detail'
                set skip 1
            case 'cost --crop'
                set skip 1
            case 'cost --max-side'
                set skip 1
            case 'cost --rotate'
                set skip 1
            case 'cost --redact'
                set skip 1
            case 'cost --page'
                set skip 1
            case 'cost --pages'
                set skip 1
            case 'cost --frame'
                set skip 1
            case 'cost --image-tokens'
                set skip 1
            case 'cost --quality'
                set skip 1
            case 'cost --max-pixels'
                set skip 1
            case 'cost --include'
                set skip 1
            case 'cost --exclude'
                set skip 1
            case 'cost --files-from'
                set skip 1
            case 'cost --limit'
                set skip 1
            case 'cost --sample'
                set skip 1
            case 'prep -o'
                set skip 1
            case 'prep --output'
                set skip 1
            case 'prep -m'
                set skip 1
            case 'prep --model'
                set skip 1
            case 'prep --profile'
                set skip 1
            case 'prep -i'
                set skip 1
            case 'prep --image'
                set skip 1
            case 'prep -d'
                set skip 1
            case 'prep --detail'
                set skip 1
            case 'prep --crop'
                set skip 1
            case 'prep --max-side'
                set skip 1
            case 'prep --rotate'
                set skip 1
            case 'prep --redact'
                set skip 1
            case 'prep --page'
                set skip 1
            case 'prep --pages'
                set skip 1
            case 'prep --frame'
                set skip 1
            case 'prep --image-tokens'
                set skip 1
            case 'prep --quality'
                set skip 1
            case 'prep --max-pixels'
                set skip 1
            case 'prep --include'
                set skip 1
            case 'prep --exclude'
                set skip 1
            case 'prep --files-from'
                set skip 1
            case 'prep --limit'
                set skip 1
            case 'prep --sample'
                set skip 1
            case 'models --provider'
                set skip 1
            case 'models --ledger'
                set skip 1
            case 'models --profile'
                set skip 1
            case 'config show -m'
                set skip 1
            case 'config show --model'
                set skip 1
            case 'config show --base-url'
                set skip 1
            case 'config show --api-key-env'
                set skip 1
            case 'config show --profile'
                set skip 1
            case 'config get --profile'
                set skip 1
            case 'local serve --port'
                set skip 1
            case 'local serve --api-key-env'
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
            case 'logs runs --limit'
                set skip 1
            case 'logs runs --ledger'
                set skip 1
            case 'logs runs --profile'
                set skip 1
            case 'logs conversations --limit'
                set skip 1
            case 'logs conversations --ledger'
                set skip 1
            case 'logs conversations --profile'
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
            case 'logs merge --ledger'
                set skip 1
            case 'logs merge --profile'
                set skip 1
            case 'logs purge --older-than'
                set skip 1
            case 'logs purge -m'
                set skip 1
            case 'logs purge --model'
                set skip 1
            case 'logs purge --id'
                set skip 1
            case 'logs purge --ledger'
                set skip 1
            case 'logs purge --profile'
                set skip 1
            case 'eval -p'
                set skip 1
            case 'eval --prompt-file'
                set skip 1
            case 'eval -t'
                set skip 1
            case 'eval --template'
                set skip 1
            case 'eval --param'
                set skip 1
            case 'eval -m'
                set skip 1
            case 'eval --model'
                set skip 1
            case 'eval -d'
                set skip 1
            case 'eval --detail'
                set skip 1
            case 'eval --image-tokens'
                set skip 1
            case 'eval --max-side'
                set skip 1
            case 'eval --reasoning-effort'
                set skip 1
            case 'eval --margin'
                set skip 1
            case 'eval --at-least'
                set skip 1
            case 'eval --tolerance'
                set skip 1
            case 'eval --folder'
                set skip 1
            case 'eval --sample'
                set skip 1
            case 'eval -o'
                set skip 1
            case 'eval --output'
                set skip 1
            case 'eval -f'
                set skip 1
            case 'eval --format'
                set skip 1
            case 'eval --save-profile'
                set skip 1
            case 'eval --local'
                set skip 1
            case 'eval --profile'
                set skip 1
            case 'eval --base-url'
                set skip 1
            case 'eval --api-key-env'
                set skip 1
            case 'eval --timeout'
                set skip 1
            case 'eval --retries'
                set skip 1
            case 'eval --record'
                set skip 1
            case 'eval --replay'
                set skip 1
            case 'eval -s'
                set skip 1
            case 'eval --system'
                set skip 1
            case 'eval --max-tokens'
                set skip 1
            case 'eval --temperature'
                set skip 1
            case 'eval --max-cost'
                set skip 1
            case 'eval --confirm-above'
                set skip 1
            case 'eval --service-tier'
                set skip 1
            case 'eval --ledger'
                set skip 1
            case 'eval -j'
                set skip 1
            case 'eval --jobs'
                set skip 1
            case 'eval --rpm'
                set skip 1
            case 'eval --tpm'
                set skip 1
            case 'eval --schema'
                set skip 1
            case 'eval --schema-multi'
                set skip 1
            case 'eval --crop'
                set skip 1
            case 'eval --rotate'
                set skip 1
            case 'eval --redact'
                set skip 1
            case 'eval --page'
                set skip 1
            case 'eval --pages'
                set skip 1
            case 'eval --frame'
                set skip 1
            case 'eval --quality'
                set skip 1
            case 'eval --max-pixels'
                set skip 1
            case 'eval --statement'
                set skip 1
            case 'eval --choice'
                set skip 1
            case 'eval --score'
                set skip 1
            case 'eval --threshold'
                set skip 1
            case 'eval --unsure'
                set skip 1
            case 'eval --engine'
                set skip 1
            case 'diff --fail-above'
                set skip 1
            case 'diff --question'
                set skip 1
            case 'diff -m'
                set skip 1
            case 'diff --model'
                set skip 1
            case 'diff --judge'
                set skip 1
            case 'diff -o'
                set skip 1
            case 'diff --output'
                set skip 1
            case 'diff -f'
                set skip 1
            case 'diff --format'
                set skip 1
            case 'diff --profile'
                set skip 1
            case 'diff --base-url'
                set skip 1
            case 'diff --api-key-env'
                set skip 1
            case 'diff --timeout'
                set skip 1
            case 'diff --retries'
                set skip 1
            case 'diff --record'
                set skip 1
            case 'diff --replay'
                set skip 1
            case 'diff --max-cost'
                set skip 1
            case 'diff --confirm-above'
                set skip 1
            case 'diff --ledger'
                set skip 1
            case 'diff -j'
                set skip 1
            case 'diff --jobs'
                set skip 1
            case 'doctor -m'
                set skip 1
            case 'doctor --model'
                set skip 1
            case 'doctor --base-url'
                set skip 1
            case 'doctor --api-key-env'
                set skip 1
            case 'doctor --profile'
                set skip 1
            case 'doctor --ledger'
                set skip 1
        end
    end
    echo $at
end
# Names in the user's config file or templates folder, read without starting anything.
function __visionask_own
    set -l folder $HOME/.config/visionask
    set -q XDG_CONFIG_HOME; and test -n "$XDG_CONFIG_HOME"; and set folder $XDG_CONFIG_HOME/visionask
    test -d $folder; or set folder "$HOME/Library/Application Support/visionask"
    set -l config $folder/config.toml
    set -q VISIONASK_CONFIG; and test -n "$VISIONASK_CONFIG"; and set config $VISIONASK_CONFIG
    if test $argv[1] = templates
        string match -q '*/*' -- $config; or set config ./$config
        for file in (string replace -r '/[^/]*$' '' -- $config)/templates/*.toml
            string replace -rf '.*/([^/]*)\.toml$' '$1' -- $file
        end
    else if test -f $config -a -r $config
        set -l start '^\s*\[\s*'$argv[1]'\s*\.\s*'
        string replace -rf $start'(?|"([A-Za-z0-9][A-Za-z0-9_./:-]*)"|([A-Za-z0-9_-]+)).*' '$1' <$config
    end
end
complete -c visionask -n '__visionask_at \'\'' -f -a ask -d 'Ask one question about one or several images. With --cache, an answer that is paid for is not asked ...'
complete -c visionask -n '__visionask_at \'\'' -f -a scan -d 'Ask one question about each image of many. Run it again to go on: what is answered is never paid ...'
complete -c visionask -n '__visionask_at \'\'' -f -a check -d 'Check a statement about images: exit 0 true, 1 false. Any other code: no verdict'
complete -c visionask -n '__visionask_at \'\'' -f -a batch -d 'The same scan through the provider\'s Batch API, at half price'
complete -c visionask -n '__visionask_at \'\'' -f -a chat -d 'Talk about images; each turn shows what it costs. In a pipe, each line is a question'
complete -c visionask -n '__visionask_at \'\'' -f -a cost -d 'Show tokens and price of images, folders, quoted globs or links. Nothing is sent, no key is needed'
complete -c visionask -n '__visionask_at \'\'' -f -a prep -d 'Write exactly the picture bytes that would be sent'
complete -c visionask -n '__visionask_at \'\'' -f -a models -d 'List the models that can be priced, or show all about one'
complete -c visionask -n '__visionask_at \'\'' -f -a config -d 'What is set and where it comes from; profiles and templates'
complete -c visionask -n '__visionask_at \'\'' -f -a completion -d 'Print the completion script for a shell, or install it'
complete -c visionask -n '__visionask_at \'\'' -f -a local -d 'A model on this machine, no key'
complete -c visionask -n '__visionask_at \'\'' -f -a logs -d 'What was asked, answered and spent'
complete -c visionask -n '__visionask_at \'\'' -f -a eval -d 'Find the cheapest setting that answers labelled images well'
complete -c visionask -n '__visionask_at \'\'' -f -a diff -d 'Show what changed between two runs of the same question'
complete -c visionask -n '__visionask_at \'\'' -f -a doctor -d 'Show what is configured, reachable and installed. Made to be put into a bug report'
complete -c visionask -n '__visionask_at \'\'' -f -a help -d 'Show a guide: costs, folders, ci, batch, servers, python, security, exit-codes or agents'
complete -c visionask -n '__visionask_at \'\'' -f
complete -c visionask -n '__visionask_at \'\'' -s V -l version -d 'Show the version'
complete -c visionask -n '__visionask_at \'\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'ask\'' -s p -l prompt-file -r -F -d 'Take the question from FILE; every argument is an image'
complete -c visionask -n '__visionask_at \'ask\'' -s i -l image -r -F -d 'One more image'
complete -c visionask -n '__visionask_at \'ask\'' -l clipboard -d 'The image on the clipboard too'
complete -c visionask -n '__visionask_at \'ask\'' -l stream -l no-stream -d 'Show the answer while it comes'
complete -c visionask -n '__visionask_at \'ask\'' -l raw -d 'Do not neutralise control characters'
complete -c visionask -n '__visionask_at \'ask\'' -s u -l usage -d 'Show projected against billed'
complete -c visionask -n '__visionask_at \'ask\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'ask\'' -l local -x -a 'practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr' -d 'A model on this machine, no key'
complete -c visionask -n '__visionask_at \'ask\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'ask\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'ask\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'ask\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'ask\'' -l retries -x -d 'Tries after the first, 2 for a lost reply [default: 4]'
complete -c visionask -n '__visionask_at \'ask\'' -l record -x -a '(__fish_complete_directories)' -d 'Ask, and save the exchanges in DIR for --replay'
complete -c visionask -n '__visionask_at \'ask\'' -l replay -x -a '(__fish_complete_directories)' -d 'Answer from DIR: no key, no network, nothing paid'
complete -c visionask -n '__visionask_at \'ask\'' -s t -l template -r -F -a 'alt chart receipt safety ui-review (__visionask_own templates)' -d 'A saved question, with what goes with it'
complete -c visionask -n '__visionask_at \'ask\'' -l param -x -d 'Value of a $name in the template'
complete -c visionask -n '__visionask_at \'ask\'' -s s -l system -x -d 'System prompt'
complete -c visionask -n '__visionask_at \'ask\'' -l max-tokens -x -d 'Longest answer, in tokens'
complete -c visionask -n '__visionask_at \'ask\'' -l temperature -x -d 'Sent only when given'
complete -c visionask -n '__visionask_at \'ask\'' -l reasoning-effort -x -a 'none minimal low medium high xhigh max default' -d 'none, minimal, low, medium, high ...'
complete -c visionask -n '__visionask_at \'ask\'' -s n -l dry-run -d 'Plan and price only: no key, no request'
complete -c visionask -n '__visionask_at \'ask\'' -l max-cost -x -d 'Stop before spending more'
complete -c visionask -n '__visionask_at \'ask\'' -l confirm-above -x -d 'Ask first above this price'
complete -c visionask -n '__visionask_at \'ask\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'ask\'' -l service-tier -x -a 'auto default flex priority' -d 'auto, default, flex or priority'
complete -c visionask -n '__visionask_at \'ask\'' -l prompt-cache -d 'Let the provider cache the prompt (a write costs more)'
complete -c visionask -n '__visionask_at \'ask\'' -l cache -l no-cache -d 'Take answers from the ledger'
complete -c visionask -n '__visionask_at \'ask\'' -l log -l no-log -d 'Keep answers in the ledger'
complete -c visionask -n '__visionask_at \'ask\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'ask\'' -l schema -r -F -d 'Answer with data: \'name, age int\', or a JSON Schema'
complete -c visionask -n '__visionask_at \'ask\'' -l schema-multi -r -F -d 'The same, for any number of such objects'
complete -c visionask -n '__visionask_at \'ask\'' -s d -l detail -x -a 'low high auto original' -d 'low, high, auto or original [default: auto]'
complete -c visionask -n '__visionask_at \'ask\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'ask\'' -l max-side -x -d 'Longest side that is sent'
complete -c visionask -n '__visionask_at \'ask\'' -l rotate -x -a '90 180 270' -d 'Turn clockwise; boxes count in what is seen then'
complete -c visionask -n '__visionask_at \'ask\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'ask\'' -l page -x -d 'Page of a PDF or TIFF [default: 1]'
complete -c visionask -n '__visionask_at \'ask\'' -l pages -x -d 'Each page of a PDF or TIFF as an image of its own'
complete -c visionask -n '__visionask_at \'ask\'' -l frame -x -d 'Frame of an animation [default: 1]'
complete -c visionask -n '__visionask_at \'ask\'' -l image-tokens -x -d 'Largest size whose tokens do not exceed N'
complete -c visionask -n '__visionask_at \'ask\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'ask\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'ask\'' -l max-pixels -x -d 'Most pixels to decode [default: 89 million]'
complete -c visionask -n '__visionask_at \'ask\'' -l keep-metadata -d 'Keep EXIF (also GPS), XMP and ICC'
complete -c visionask -n '__visionask_at \'ask\'' -l allow-truncated -d 'Send what there is of a cut picture'
complete -c visionask -n '__visionask_at \'ask\'' -l pass-url -d 'Hand links on instead of fetching them here'
complete -c visionask -n '__visionask_at \'ask\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'ask\'' -s c -l continue -d 'Go on with the last conversation'
complete -c visionask -n '__visionask_at \'ask\'' -l cid -x -d 'Go on with this conversation'
complete -c visionask -n '__visionask_at \'ask\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'ask\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'ask\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'ask\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'ask\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'ask\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'ask\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'scan\'' -s p -l prompt-file -r -F -d 'Take the question from FILE; every argument is an image'
complete -c visionask -n '__visionask_at \'scan\'' -s i -l image -r -F -d 'One more image'
complete -c visionask -n '__visionask_at \'scan\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'scan\'' -l local -x -a 'practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr' -d 'A model on this machine, no key'
complete -c visionask -n '__visionask_at \'scan\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'scan\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'scan\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'scan\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'scan\'' -l retries -x -d 'Tries after the first, 2 for a lost reply [default: 4]'
complete -c visionask -n '__visionask_at \'scan\'' -l record -x -a '(__fish_complete_directories)' -d 'Ask, and save the exchanges in DIR for --replay'
complete -c visionask -n '__visionask_at \'scan\'' -l replay -x -a '(__fish_complete_directories)' -d 'Answer from DIR: no key, no network, nothing paid'
complete -c visionask -n '__visionask_at \'scan\'' -s t -l template -r -F -a 'alt chart receipt safety ui-review (__visionask_own templates)' -d 'A saved question, with what goes with it'
complete -c visionask -n '__visionask_at \'scan\'' -l param -x -d 'Value of a $name in the template'
complete -c visionask -n '__visionask_at \'scan\'' -s s -l system -x -d 'System prompt'
complete -c visionask -n '__visionask_at \'scan\'' -l max-tokens -x -d 'Longest answer, in tokens'
complete -c visionask -n '__visionask_at \'scan\'' -l temperature -x -d 'Sent only when given'
complete -c visionask -n '__visionask_at \'scan\'' -l reasoning-effort -x -a 'none minimal low medium high xhigh max default' -d 'none, minimal, low, medium, high ...'
complete -c visionask -n '__visionask_at \'scan\'' -s n -l dry-run -d 'Plan and price only: no key, no request'
complete -c visionask -n '__visionask_at \'scan\'' -l max-cost -x -d 'Stop before spending more'
complete -c visionask -n '__visionask_at \'scan\'' -l confirm-above -x -d 'Ask first above this price'
complete -c visionask -n '__visionask_at \'scan\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'scan\'' -l service-tier -x -a 'auto default flex priority' -d 'auto, default, flex or priority'
complete -c visionask -n '__visionask_at \'scan\'' -l prompt-cache -d 'Let the provider cache the prompt (a write costs more)'
complete -c visionask -n '__visionask_at \'scan\'' -l cache -l no-cache -d 'Take answers from the ledger'
complete -c visionask -n '__visionask_at \'scan\'' -l log -l no-log -d 'Keep answers in the ledger'
complete -c visionask -n '__visionask_at \'scan\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'scan\'' -s j -l jobs -x -d 'Requests at a time [default: 8]'
complete -c visionask -n '__visionask_at \'scan\'' -l rpm -x -d 'Most requests a minute'
complete -c visionask -n '__visionask_at \'scan\'' -l tpm -x -d 'Most tokens a minute, images included'
complete -c visionask -n '__visionask_at \'scan\'' -l schema -r -F -d 'Answer with data: \'name, age int\', or a JSON Schema'
complete -c visionask -n '__visionask_at \'scan\'' -l schema-multi -r -F -d 'The same, for any number of such objects'
complete -c visionask -n '__visionask_at \'scan\'' -s d -l detail -x -a 'low high auto original' -d 'low, high, auto or original [default: auto]'
complete -c visionask -n '__visionask_at \'scan\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'scan\'' -l max-side -x -d 'Longest side that is sent'
complete -c visionask -n '__visionask_at \'scan\'' -l rotate -x -a '90 180 270' -d 'Turn clockwise; boxes count in what is seen then'
complete -c visionask -n '__visionask_at \'scan\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'scan\'' -l page -x -d 'Page of a PDF or TIFF [default: 1]'
complete -c visionask -n '__visionask_at \'scan\'' -l pages -x -d 'Each page of a PDF or TIFF as an image of its own'
complete -c visionask -n '__visionask_at \'scan\'' -l frame -x -d 'Frame of an animation [default: 1]'
complete -c visionask -n '__visionask_at \'scan\'' -l image-tokens -x -d 'Largest size whose tokens do not exceed N'
complete -c visionask -n '__visionask_at \'scan\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'scan\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'scan\'' -l max-pixels -x -d 'Most pixels to decode [default: 89 million]'
complete -c visionask -n '__visionask_at \'scan\'' -l keep-metadata -d 'Keep EXIF (also GPS), XMP and ICC'
complete -c visionask -n '__visionask_at \'scan\'' -l allow-truncated -d 'Send what there is of a cut picture'
complete -c visionask -n '__visionask_at \'scan\'' -l pass-url -d 'Hand links on instead of fetching them here'
complete -c visionask -n '__visionask_at \'scan\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'scan\'' -s r -l recursive -d 'Go into folders below a folder'
complete -c visionask -n '__visionask_at \'scan\'' -l include -x -d 'Only these names in folders, globs'
complete -c visionask -n '__visionask_at \'scan\'' -l exclude -x -d 'Not these names in folders, globs'
complete -c visionask -n '__visionask_at \'scan\'' -l files-from -r -F -d 'Also the images named in FILE, one a line'
complete -c visionask -n '__visionask_at \'scan\'' -s 0 -l null -d 'Names end in NUL: in FILE, and those of -l'
complete -c visionask -n '__visionask_at \'scan\'' -l limit -x -d 'Only the first N images'
complete -c visionask -n '__visionask_at \'scan\'' -l sample -x -d 'N images spread over all, the same each time'
complete -c visionask -n '__visionask_at \'scan\'' -l shard -x -d 'Share I of N of the images and of the limits'
complete -c visionask -n '__visionask_at \'scan\'' -l sidecar -d 'Write IMAGE.txt next to each image'
complete -c visionask -n '__visionask_at \'scan\'' -l retry-failed -d 'Ask again what was refused before'
complete -c visionask -n '__visionask_at \'scan\'' -s l -l list -d 'Only the names for which it is true'
complete -c visionask -n '__visionask_at \'scan\'' -s L -l list-false -d 'Only the names for which it is false'
complete -c visionask -n '__visionask_at \'scan\'' -l statement -x -d 'Is this true of it? repeatable'
complete -c visionask -n '__visionask_at \'scan\'' -l choice -x -d 'Ask which value it is, not whether it is true'
complete -c visionask -n '__visionask_at \'scan\'' -l score -x -d 'Ask for a score'
complete -c visionask -n '__visionask_at \'scan\'' -l expect -x -d 'Pass for this choice, or score: 4, >=4, 2-4'
complete -c visionask -n '__visionask_at \'scan\'' -l threshold -x -d 'Least probability of true [default: 0.5]'
complete -c visionask -n '__visionask_at \'scan\'' -l unsure -x -d 'Look again, in higher detail, in this zone'
complete -c visionask -n '__visionask_at \'scan\'' -l escalate -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Ask this model where it is unsure'
complete -c visionask -n '__visionask_at \'scan\'' -l engine -x -a 'decisions schema auto' -d 'decisions (probabilities), schema (any model) or auto [default: auto]'
complete -c visionask -n '__visionask_at \'scan\'' -l escalate-detail -x -d 'Look again in this detail where it is unsure'
complete -c visionask -n '__visionask_at \'scan\'' -l file -r -F -d 'Ask the statements, choices and scores of a file of checks'
complete -c visionask -n '__visionask_at \'scan\'' -s o -l output -r -F -d 'Results: .jsonl .csv .html .md .db; repeatable'
complete -c visionask -n '__visionask_at \'scan\'' -s f -l format -x -a 'text json jsonl csv html md sqlite' -d 'Of standard output, or of -o files'
complete -c visionask -n '__visionask_at \'scan\'' -l progress -l no-progress -d 'Show how far it is'
complete -c visionask -n '__visionask_at \'scan\'' -l raw -d 'Do not neutralise control characters'
complete -c visionask -n '__visionask_at \'scan\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'scan\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'scan\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'scan\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'scan\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'scan\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'scan\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'check\'' -l file -r -F -d 'Checks from a file of [[check]]'
complete -c visionask -n '__visionask_at \'check\'' -s i -l image -r -F -d 'One more image'
complete -c visionask -n '__visionask_at \'check\'' -l clipboard -d 'The image on the clipboard too'
complete -c visionask -n '__visionask_at \'check\'' -l also -x -d 'One more statement; repeatable'
complete -c visionask -n '__visionask_at \'check\'' -l choice -x -d 'Ask which value it is, not whether it is true'
complete -c visionask -n '__visionask_at \'check\'' -l score -x -d 'Ask for a score'
complete -c visionask -n '__visionask_at \'check\'' -l expect -x -d 'Pass for this choice, or score: 4, >=4, 2-4'
complete -c visionask -n '__visionask_at \'check\'' -l any -l all -d 'One true is enough, or all must be [default: all]'
complete -c visionask -n '__visionask_at \'check\'' -l threshold -x -d 'Least probability of true [default: 0.5]'
complete -c visionask -n '__visionask_at \'check\'' -l unsure -x -d 'Look again, in higher detail, in this zone'
complete -c visionask -n '__visionask_at \'check\'' -l escalate -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Ask this model where it is unsure'
complete -c visionask -n '__visionask_at \'check\'' -l engine -x -a 'decisions schema auto' -d 'decisions (probabilities), schema (any model) or auto [default: auto]'
complete -c visionask -n '__visionask_at \'check\'' -l repeat -x -d 'Votes of the schema engine [default: 1]'
complete -c visionask -n '__visionask_at \'check\'' -l fail-fast -d 'Send nothing where a file cannot be read'
complete -c visionask -n '__visionask_at \'check\'' -l against -r -F -d 'Baseline; the same pixels pass without a request'
complete -c visionask -n '__visionask_at \'check\'' -l against-dir -x -a '(__fish_complete_directories)' -d 'Baselines of all images, by relative path'
complete -c visionask -n '__visionask_at \'check\'' -l ignore -x -d 'Paint over in both; repeatable'
complete -c visionask -n '__visionask_at \'check\'' -l tolerance -x -d 'Share of pixels that may differ, such as 0.1%'
complete -c visionask -n '__visionask_at \'check\'' -l accept -d 'Copy the images over their baselines; nothing is asked'
complete -c visionask -n '__visionask_at \'check\'' -l missing -d 'With --record: ask only what is not saved there'
complete -c visionask -n '__visionask_at \'check\'' -l unused -x -a 'list remove' -d 'Recordings that this check did not use: list or remove'
complete -c visionask -n '__visionask_at \'check\'' -s r -l recursive -d 'Go into folders below a folder'
complete -c visionask -n '__visionask_at \'check\'' -l include -x -d 'Only these names in folders, globs'
complete -c visionask -n '__visionask_at \'check\'' -l exclude -x -d 'Not these names in folders, globs'
complete -c visionask -n '__visionask_at \'check\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'check\'' -l local -x -a 'practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr' -d 'A model on this machine, no key'
complete -c visionask -n '__visionask_at \'check\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'check\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'check\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'check\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'check\'' -l retries -x -d 'Tries after the first, 2 for a lost reply [default: 4]'
complete -c visionask -n '__visionask_at \'check\'' -l record -x -a '(__fish_complete_directories)' -d 'Ask, and save the exchanges in DIR for --replay'
complete -c visionask -n '__visionask_at \'check\'' -l replay -x -a '(__fish_complete_directories)' -d 'Answer from DIR: no key, no network, nothing paid'
complete -c visionask -n '__visionask_at \'check\'' -s t -l template -r -F -a 'alt chart receipt safety ui-review (__visionask_own templates)' -d 'A saved question, with what goes with it'
complete -c visionask -n '__visionask_at \'check\'' -l param -x -d 'Value of a $name in the template'
complete -c visionask -n '__visionask_at \'check\'' -s s -l system -x -d 'System prompt'
complete -c visionask -n '__visionask_at \'check\'' -l max-tokens -x -d 'Longest answer, in tokens'
complete -c visionask -n '__visionask_at \'check\'' -l temperature -x -d 'Sent only when given'
complete -c visionask -n '__visionask_at \'check\'' -l reasoning-effort -x -a 'none minimal low medium high xhigh max default' -d 'none, minimal, low, medium, high ...'
complete -c visionask -n '__visionask_at \'check\'' -s n -l dry-run -d 'Plan and price only: no key, no request'
complete -c visionask -n '__visionask_at \'check\'' -l max-cost -x -d 'Stop before spending more'
complete -c visionask -n '__visionask_at \'check\'' -l confirm-above -x -d 'Ask first above this price'
complete -c visionask -n '__visionask_at \'check\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'check\'' -l service-tier -x -a 'auto default flex priority' -d 'auto, default, flex or priority'
complete -c visionask -n '__visionask_at \'check\'' -l prompt-cache -d 'Let the provider cache the prompt (a write costs more)'
complete -c visionask -n '__visionask_at \'check\'' -l cache -l no-cache -d 'Take answers from the ledger'
complete -c visionask -n '__visionask_at \'check\'' -l log -l no-log -d 'Keep answers in the ledger'
complete -c visionask -n '__visionask_at \'check\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'check\'' -s j -l jobs -x -d 'Requests at a time [default: 8]'
complete -c visionask -n '__visionask_at \'check\'' -s d -l detail -x -a 'low high auto original' -d 'low, high, auto or original [default: auto]'
complete -c visionask -n '__visionask_at \'check\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'check\'' -l max-side -x -d 'Longest side that is sent'
complete -c visionask -n '__visionask_at \'check\'' -l rotate -x -a '90 180 270' -d 'Turn clockwise; boxes count in what is seen then'
complete -c visionask -n '__visionask_at \'check\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'check\'' -l page -x -d 'Page of a PDF or TIFF [default: 1]'
complete -c visionask -n '__visionask_at \'check\'' -l pages -x -d 'Each page of a PDF or TIFF as an image of its own'
complete -c visionask -n '__visionask_at \'check\'' -l frame -x -d 'Frame of an animation [default: 1]'
complete -c visionask -n '__visionask_at \'check\'' -l image-tokens -x -d 'Largest size whose tokens do not exceed N'
complete -c visionask -n '__visionask_at \'check\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'check\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'check\'' -l max-pixels -x -d 'Most pixels to decode [default: 89 million]'
complete -c visionask -n '__visionask_at \'check\'' -l keep-metadata -d 'Keep EXIF (also GPS), XMP and ICC'
complete -c visionask -n '__visionask_at \'check\'' -l allow-truncated -d 'Send what there is of a cut picture'
complete -c visionask -n '__visionask_at \'check\'' -l pass-url -d 'Hand links on instead of fetching them here'
complete -c visionask -n '__visionask_at \'check\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'check\'' -s o -l output -r -F -d 'Report: .html .txt .json .csv .db .md .xml (JUnit)'
complete -c visionask -n '__visionask_at \'check\'' -s f -l format -x -a 'text json md junit csv html sqlite' -d 'text, json, md, junit, csv, html or sqlite'
complete -c visionask -n '__visionask_at \'check\'' -l junit -r -F -d 'Write a JUnit file too'
complete -c visionask -n '__visionask_at \'check\'' -l summary-md -r -F -d 'Write Markdown for a comment too'
complete -c visionask -n '__visionask_at \'check\'' -l github -d 'Annotations and job summary of GitHub Actions'
complete -c visionask -n '__visionask_at \'check\'' -l progress -l no-progress -d 'Show how far it is'
complete -c visionask -n '__visionask_at \'check\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'check\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'check\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'check\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'check\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'check\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'check\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'batch\'' -f -a submit -d 'Submit one question about each image of many. Run it again to go on: nothing is uploaded or asked ...'
complete -c visionask -n '__visionask_at \'batch\'' -f -a export -d 'Write the files of requests for another engine, such as `vllm run-batch`: no key, no request'
complete -c visionask -n '__visionask_at \'batch\'' -f -a list -d 'List the batches of the ledger, newest first. Nobody is asked'
complete -c visionask -n '__visionask_at \'batch\'' -f -a status -d 'Ask the provider how far batches are: all that have not been fetched, or those named'
complete -c visionask -n '__visionask_at \'batch\'' -f -a fetch -d 'Take results into the ledger and write them, as a scan does. Exit 6 while a batch is still in ...'
complete -c visionask -n '__visionask_at \'batch\'' -f -a cancel -d 'Cancel batches. What is answered until then is billed, and can be fetched'
complete -c visionask -n '__visionask_at \'batch\'' -f -a import -d 'Take the results of another engine into the ledger and write them, as a scan does'
complete -c visionask -n '__visionask_at \'batch\'' -f
complete -c visionask -n '__visionask_at \'batch\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'batch\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'batch submit\'' -s p -l prompt-file -r -F -d 'Take the question from FILE; every argument is an image'
complete -c visionask -n '__visionask_at \'batch submit\'' -s i -l image -r -F -d 'One more image'
complete -c visionask -n '__visionask_at \'batch submit\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'batch submit\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'batch submit\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'batch submit\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'batch submit\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'batch submit\'' -l retries -x -d 'Tries after the first, 2 for a lost reply [default: 4]'
complete -c visionask -n '__visionask_at \'batch submit\'' -s t -l template -r -F -a 'alt chart receipt safety ui-review (__visionask_own templates)' -d 'A saved question, with what goes with it'
complete -c visionask -n '__visionask_at \'batch submit\'' -l param -x -d 'Value of a $name in the template'
complete -c visionask -n '__visionask_at \'batch submit\'' -s s -l system -x -d 'System prompt'
complete -c visionask -n '__visionask_at \'batch submit\'' -l max-tokens -x -d 'Longest answer, in tokens'
complete -c visionask -n '__visionask_at \'batch submit\'' -l temperature -x -d 'Sent only when given'
complete -c visionask -n '__visionask_at \'batch submit\'' -l reasoning-effort -x -a 'none minimal low medium high xhigh max default' -d 'none, minimal, low, medium, high ...'
complete -c visionask -n '__visionask_at \'batch submit\'' -s n -l dry-run -d 'Plan and price only: no key, no request'
complete -c visionask -n '__visionask_at \'batch submit\'' -l max-cost -x -d 'Stop before spending more'
complete -c visionask -n '__visionask_at \'batch submit\'' -l confirm-above -x -d 'Ask first above this price'
complete -c visionask -n '__visionask_at \'batch submit\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'batch submit\'' -l prompt-cache -d 'Let the provider cache the prompt (a write costs more)'
complete -c visionask -n '__visionask_at \'batch submit\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'batch submit\'' -l schema -r -F -d 'Answer with data: \'name, age int\', or a JSON Schema'
complete -c visionask -n '__visionask_at \'batch submit\'' -l schema-multi -r -F -d 'The same, for any number of such objects'
complete -c visionask -n '__visionask_at \'batch submit\'' -s d -l detail -x -a 'low high auto original' -d 'low, high, auto or original [default: auto]'
complete -c visionask -n '__visionask_at \'batch submit\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'batch submit\'' -l max-side -x -d 'Longest side that is sent'
complete -c visionask -n '__visionask_at \'batch submit\'' -l rotate -x -a '90 180 270' -d 'Turn clockwise; boxes count in what is seen then'
complete -c visionask -n '__visionask_at \'batch submit\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'batch submit\'' -l page -x -d 'Page of a PDF or TIFF [default: 1]'
complete -c visionask -n '__visionask_at \'batch submit\'' -l pages -x -d 'Each page of a PDF or TIFF as an image of its own'
complete -c visionask -n '__visionask_at \'batch submit\'' -l frame -x -d 'Frame of an animation [default: 1]'
complete -c visionask -n '__visionask_at \'batch submit\'' -l image-tokens -x -d 'Largest size whose tokens do not exceed N'
complete -c visionask -n '__visionask_at \'batch submit\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'batch submit\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'batch submit\'' -l max-pixels -x -d 'Most pixels to decode [default: 89 million]'
complete -c visionask -n '__visionask_at \'batch submit\'' -l keep-metadata -d 'Keep EXIF (also GPS), XMP and ICC'
complete -c visionask -n '__visionask_at \'batch submit\'' -l allow-truncated -d 'Send what there is of a cut picture'
complete -c visionask -n '__visionask_at \'batch submit\'' -l pass-url -d 'Hand links on instead of fetching them here'
complete -c visionask -n '__visionask_at \'batch submit\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'batch submit\'' -s r -l recursive -d 'Go into folders below a folder'
complete -c visionask -n '__visionask_at \'batch submit\'' -l include -x -d 'Only these names in folders, globs'
complete -c visionask -n '__visionask_at \'batch submit\'' -l exclude -x -d 'Not these names in folders, globs'
complete -c visionask -n '__visionask_at \'batch submit\'' -l files-from -r -F -d 'Also the images named in FILE, one a line'
complete -c visionask -n '__visionask_at \'batch submit\'' -s 0 -l null -d 'Names end in NUL: in FILE, and those of -l'
complete -c visionask -n '__visionask_at \'batch submit\'' -l limit -x -d 'Only the first N images'
complete -c visionask -n '__visionask_at \'batch submit\'' -l sample -x -d 'N images spread over all, the same each time'
complete -c visionask -n '__visionask_at \'batch submit\'' -s j -l jobs -x -d 'Images prepared at a time [default: 8]'
complete -c visionask -n '__visionask_at \'batch submit\'' -l retry-failed -d 'Ask again what failed or was refused before'
complete -c visionask -n '__visionask_at \'batch submit\'' -l shard-requests -x -d 'Fewer requests a file than the provider takes'
complete -c visionask -n '__visionask_at \'batch submit\'' -l shard-mb -x -d 'Smaller files than the provider takes, in MB'
complete -c visionask -n '__visionask_at \'batch submit\'' -l executor -x -d 'Who prepares images: threads:N, processes:N, dask:tcp://HOST:8786 or package.module:factory'
complete -c visionask -n '__visionask_at \'batch submit\'' -l chunk -x -d 'Images in one piece of work for an executor [default: 32]'
complete -c visionask -n '__visionask_at \'batch submit\'' -l chunk-store -x -d 'Where an executor\'s workers leave what they made: a folder or s3://bucket/prefix that all see'
complete -c visionask -n '__visionask_at \'batch submit\'' -l statement -x -d 'Is this true of it? repeatable'
complete -c visionask -n '__visionask_at \'batch submit\'' -l choice -x -d 'Ask which value it is, not whether it is true'
complete -c visionask -n '__visionask_at \'batch submit\'' -l score -x -d 'Ask for a score'
complete -c visionask -n '__visionask_at \'batch submit\'' -l expect -x -d 'Pass for this choice, or score: 4, >=4, 2-4'
complete -c visionask -n '__visionask_at \'batch submit\'' -l file -r -F -d 'Ask the statements, choices and scores of a file of checks'
complete -c visionask -n '__visionask_at \'batch submit\'' -l spool -x -a '(__fish_complete_directories)' -d 'Where the files lie until they are uploaded'
complete -c visionask -n '__visionask_at \'batch submit\'' -l progress -l no-progress -d 'Show how far it is'
complete -c visionask -n '__visionask_at \'batch submit\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'batch submit\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'batch submit\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'batch submit\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'batch submit\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'batch submit\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'batch submit\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'batch export\'' -s o -l to -l output -x -a '(__fish_complete_directories)' -d 'The folder for the files'
complete -c visionask -n '__visionask_at \'batch export\'' -s p -l prompt-file -r -F -d 'Take the question from FILE; every argument is an image'
complete -c visionask -n '__visionask_at \'batch export\'' -s i -l image -r -F -d 'One more image'
complete -c visionask -n '__visionask_at \'batch export\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'batch export\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'batch export\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'batch export\'' -s t -l template -r -F -a 'alt chart receipt safety ui-review (__visionask_own templates)' -d 'A saved question, with what goes with it'
complete -c visionask -n '__visionask_at \'batch export\'' -l param -x -d 'Value of a $name in the template'
complete -c visionask -n '__visionask_at \'batch export\'' -s s -l system -x -d 'System prompt'
complete -c visionask -n '__visionask_at \'batch export\'' -l max-tokens -x -d 'Longest answer, in tokens'
complete -c visionask -n '__visionask_at \'batch export\'' -l temperature -x -d 'Sent only when given'
complete -c visionask -n '__visionask_at \'batch export\'' -l reasoning-effort -x -a 'none minimal low medium high xhigh max default' -d 'none, minimal, low, medium, high ...'
complete -c visionask -n '__visionask_at \'batch export\'' -l prompt-cache -d 'Let the provider cache the prompt (a write costs more)'
complete -c visionask -n '__visionask_at \'batch export\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'batch export\'' -l schema -r -F -d 'Answer with data: \'name, age int\', or a JSON Schema'
complete -c visionask -n '__visionask_at \'batch export\'' -l schema-multi -r -F -d 'The same, for any number of such objects'
complete -c visionask -n '__visionask_at \'batch export\'' -s d -l detail -x -a 'low high auto original' -d 'low, high, auto or original [default: auto]'
complete -c visionask -n '__visionask_at \'batch export\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'batch export\'' -l max-side -x -d 'Longest side that is sent'
complete -c visionask -n '__visionask_at \'batch export\'' -l rotate -x -a '90 180 270' -d 'Turn clockwise; boxes count in what is seen then'
complete -c visionask -n '__visionask_at \'batch export\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'batch export\'' -l page -x -d 'Page of a PDF or TIFF [default: 1]'
complete -c visionask -n '__visionask_at \'batch export\'' -l pages -x -d 'Each page of a PDF or TIFF as an image of its own'
complete -c visionask -n '__visionask_at \'batch export\'' -l frame -x -d 'Frame of an animation [default: 1]'
complete -c visionask -n '__visionask_at \'batch export\'' -l image-tokens -x -d 'Largest size whose tokens do not exceed N'
complete -c visionask -n '__visionask_at \'batch export\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'batch export\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'batch export\'' -l max-pixels -x -d 'Most pixels to decode [default: 89 million]'
complete -c visionask -n '__visionask_at \'batch export\'' -l keep-metadata -d 'Keep EXIF (also GPS), XMP and ICC'
complete -c visionask -n '__visionask_at \'batch export\'' -l allow-truncated -d 'Send what there is of a cut picture'
complete -c visionask -n '__visionask_at \'batch export\'' -l pass-url -d 'Hand links on instead of fetching them here'
complete -c visionask -n '__visionask_at \'batch export\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'batch export\'' -s r -l recursive -d 'Go into folders below a folder'
complete -c visionask -n '__visionask_at \'batch export\'' -l include -x -d 'Only these names in folders, globs'
complete -c visionask -n '__visionask_at \'batch export\'' -l exclude -x -d 'Not these names in folders, globs'
complete -c visionask -n '__visionask_at \'batch export\'' -l files-from -r -F -d 'Also the images named in FILE, one a line'
complete -c visionask -n '__visionask_at \'batch export\'' -s 0 -l null -d 'Names end in NUL: in FILE, and those of -l'
complete -c visionask -n '__visionask_at \'batch export\'' -l limit -x -d 'Only the first N images'
complete -c visionask -n '__visionask_at \'batch export\'' -l sample -x -d 'N images spread over all, the same each time'
complete -c visionask -n '__visionask_at \'batch export\'' -s j -l jobs -x -d 'Images prepared at a time [default: 8]'
complete -c visionask -n '__visionask_at \'batch export\'' -l retry-failed -d 'Ask again what failed or was refused before'
complete -c visionask -n '__visionask_at \'batch export\'' -l shard-requests -x -d 'Fewer requests a file than the provider takes'
complete -c visionask -n '__visionask_at \'batch export\'' -l shard-mb -x -d 'Smaller files than the provider takes, in MB'
complete -c visionask -n '__visionask_at \'batch export\'' -l executor -x -d 'Who prepares images: threads:N, processes:N, dask:tcp://HOST:8786 or package.module:factory'
complete -c visionask -n '__visionask_at \'batch export\'' -l chunk -x -d 'Images in one piece of work for an executor [default: 32]'
complete -c visionask -n '__visionask_at \'batch export\'' -l chunk-store -x -d 'Where an executor\'s workers leave what they made: a folder or s3://bucket/prefix that all see'
complete -c visionask -n '__visionask_at \'batch export\'' -l statement -x -d 'Is this true of it? repeatable'
complete -c visionask -n '__visionask_at \'batch export\'' -l choice -x -d 'Ask which value it is, not whether it is true'
complete -c visionask -n '__visionask_at \'batch export\'' -l score -x -d 'Ask for a score'
complete -c visionask -n '__visionask_at \'batch export\'' -l expect -x -d 'Pass for this choice, or score: 4, >=4, 2-4'
complete -c visionask -n '__visionask_at \'batch export\'' -l file -r -F -d 'Ask the statements, choices and scores of a file of checks'
complete -c visionask -n '__visionask_at \'batch export\'' -l progress -l no-progress -d 'Show how far it is'
complete -c visionask -n '__visionask_at \'batch export\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'batch export\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'batch export\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'batch export\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'batch export\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'batch export\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'batch export\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'batch list\'' -f
complete -c visionask -n '__visionask_at \'batch list\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'batch list\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'batch list\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'batch list\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'batch list\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'batch list\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'batch list\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'batch list\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'batch list\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'batch status\'' -f
complete -c visionask -n '__visionask_at \'batch status\'' -l watch -d 'Look again until all have ended; create what waits for room'
complete -c visionask -n '__visionask_at \'batch status\'' -l every -x -d 'First wait between looks [default: 5, growing to 60]'
complete -c visionask -n '__visionask_at \'batch status\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'batch status\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'batch status\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'batch status\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'batch status\'' -l retries -x -d 'Tries after the first [default: 4]'
complete -c visionask -n '__visionask_at \'batch status\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'batch status\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'batch status\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'batch status\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'batch status\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'batch status\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'batch status\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'batch status\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'batch fetch\'' -f
complete -c visionask -n '__visionask_at \'batch fetch\'' -s o -l output -r -F -d 'Results: .jsonl .csv .html .md .db; repeatable'
complete -c visionask -n '__visionask_at \'batch fetch\'' -s f -l format -x -a 'text json jsonl csv html md sqlite' -d 'Of standard output, or of -o files'
complete -c visionask -n '__visionask_at \'batch fetch\'' -l progress -l no-progress -d 'Show how far it is'
complete -c visionask -n '__visionask_at \'batch fetch\'' -l raw -d 'Do not neutralise control characters'
complete -c visionask -n '__visionask_at \'batch fetch\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'batch fetch\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'batch fetch\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'batch fetch\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'batch fetch\'' -l retries -x -d 'Tries after the first [default: 4]'
complete -c visionask -n '__visionask_at \'batch fetch\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'batch fetch\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'batch fetch\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'batch fetch\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'batch fetch\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'batch fetch\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'batch fetch\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'batch fetch\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'batch cancel\'' -f
complete -c visionask -n '__visionask_at \'batch cancel\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'batch cancel\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'batch cancel\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'batch cancel\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'batch cancel\'' -l retries -x -d 'Tries after the first [default: 4]'
complete -c visionask -n '__visionask_at \'batch cancel\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'batch cancel\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'batch cancel\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'batch cancel\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'batch cancel\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'batch cancel\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'batch cancel\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'batch cancel\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'batch import\'' -l from -x -a '(__fish_complete_directories)' -d 'The exported folder, if another ledger wrote it'
complete -c visionask -n '__visionask_at \'batch import\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'batch import\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'batch import\'' -s o -l output -r -F -d 'Results: .jsonl .csv .html .md .db; repeatable'
complete -c visionask -n '__visionask_at \'batch import\'' -s f -l format -x -a 'text json jsonl csv html md sqlite' -d 'Of standard output, or of -o files'
complete -c visionask -n '__visionask_at \'batch import\'' -l raw -d 'Do not neutralise control characters'
complete -c visionask -n '__visionask_at \'batch import\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'batch import\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'batch import\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'batch import\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'batch import\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'batch import\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'batch import\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'chat\'' -s i -l image -r -F -d 'One more image'
complete -c visionask -n '__visionask_at \'chat\'' -l clipboard -d 'The image on the clipboard too'
complete -c visionask -n '__visionask_at \'chat\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'chat\'' -l local -x -a 'practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr' -d 'A model on this machine, no key'
complete -c visionask -n '__visionask_at \'chat\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'chat\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'chat\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'chat\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'chat\'' -l retries -x -d 'Tries after the first, 2 for a lost reply [default: 4]'
complete -c visionask -n '__visionask_at \'chat\'' -l record -x -a '(__fish_complete_directories)' -d 'Ask, and save the exchanges in DIR for --replay'
complete -c visionask -n '__visionask_at \'chat\'' -l replay -x -a '(__fish_complete_directories)' -d 'Answer from DIR: no key, no network, nothing paid'
complete -c visionask -n '__visionask_at \'chat\'' -s t -l template -r -F -a 'alt chart receipt safety ui-review (__visionask_own templates)' -d 'A saved question, with what goes with it'
complete -c visionask -n '__visionask_at \'chat\'' -l param -x -d 'Value of a $name in the template'
complete -c visionask -n '__visionask_at \'chat\'' -s s -l system -x -d 'System prompt'
complete -c visionask -n '__visionask_at \'chat\'' -l max-tokens -x -d 'Longest answer, in tokens'
complete -c visionask -n '__visionask_at \'chat\'' -l temperature -x -d 'Sent only when given'
complete -c visionask -n '__visionask_at \'chat\'' -l reasoning-effort -x -a 'none minimal low medium high xhigh max default' -d 'none, minimal, low, medium, high ...'
complete -c visionask -n '__visionask_at \'chat\'' -l max-cost -x -d 'Stop before spending more'
complete -c visionask -n '__visionask_at \'chat\'' -l confirm-above -x -d 'Ask first above this price'
complete -c visionask -n '__visionask_at \'chat\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'chat\'' -l service-tier -x -a 'auto default flex priority' -d 'auto, default, flex or priority'
complete -c visionask -n '__visionask_at \'chat\'' -l log -l no-log -d 'Keep answers in the ledger'
complete -c visionask -n '__visionask_at \'chat\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'chat\'' -s d -l detail -x -a 'low high auto original' -d 'low, high, auto or original [default: auto]'
complete -c visionask -n '__visionask_at \'chat\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'chat\'' -l max-side -x -d 'Longest side that is sent'
complete -c visionask -n '__visionask_at \'chat\'' -l rotate -x -a '90 180 270' -d 'Turn clockwise; boxes count in what is seen then'
complete -c visionask -n '__visionask_at \'chat\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'chat\'' -l page -x -d 'Page of a PDF or TIFF [default: 1]'
complete -c visionask -n '__visionask_at \'chat\'' -l pages -x -d 'Each page of a PDF or TIFF as an image of its own'
complete -c visionask -n '__visionask_at \'chat\'' -l frame -x -d 'Frame of an animation [default: 1]'
complete -c visionask -n '__visionask_at \'chat\'' -l image-tokens -x -d 'Largest size whose tokens do not exceed N'
complete -c visionask -n '__visionask_at \'chat\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'chat\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'chat\'' -l max-pixels -x -d 'Most pixels to decode [default: 89 million]'
complete -c visionask -n '__visionask_at \'chat\'' -l keep-metadata -d 'Keep EXIF (also GPS), XMP and ICC'
complete -c visionask -n '__visionask_at \'chat\'' -l allow-truncated -d 'Send what there is of a cut picture'
complete -c visionask -n '__visionask_at \'chat\'' -l pass-url -d 'Hand links on instead of fetching them here'
complete -c visionask -n '__visionask_at \'chat\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'chat\'' -l prompt-cache -l no-prompt-cache -d 'Let the provider cache what each turn sends again'
complete -c visionask -n '__visionask_at \'chat\'' -s c -l continue -d 'Go on with the last conversation'
complete -c visionask -n '__visionask_at \'chat\'' -l cid -x -d 'Go on with this conversation'
complete -c visionask -n '__visionask_at \'chat\'' -l stream -l no-stream -d 'Show the answer while it comes'
complete -c visionask -n '__visionask_at \'chat\'' -l raw -d 'Do not neutralise control characters'
complete -c visionask -n '__visionask_at \'chat\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'chat\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'chat\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'chat\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'chat\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'chat\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'chat\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'cost\'' -l compare -x -d 'The same images across models, cheapest first'
complete -c visionask -n '__visionask_at \'cost\'' -l question -x -d 'Add the tokens of a question'
complete -c visionask -n '__visionask_at \'cost\'' -l calibrated -d 'Multiply by what the ledger has measured of the model'
complete -c visionask -n '__visionask_at \'cost\'' -l exact -d 'Also the provider\'s own count: uploads the images, needs a key'
complete -c visionask -n '__visionask_at \'cost\'' -l pilot -x -d 'Ask N images, and project all by that: question first, needs a key'
complete -c visionask -n '__visionask_at \'cost\'' -s l -l list -d 'A row for each image, not only for up to 20'
complete -c visionask -n '__visionask_at \'cost\'' -s p -l prompt-file -r -F -d 'Take the question from FILE; every argument is an image'
complete -c visionask -n '__visionask_at \'cost\'' -s i -l image -r -F -d 'One more image'
complete -c visionask -n '__visionask_at \'cost\'' -l clipboard -d 'The image on the clipboard too'
complete -c visionask -n '__visionask_at \'cost\'' -l service-tier -x -a 'default flex priority batch' -d 'default, flex, priority or batch prices'
complete -c visionask -n '__visionask_at \'cost\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'cost\'' -l local -x -a 'practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr' -d 'A model on this machine, no key'
complete -c visionask -n '__visionask_at \'cost\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'cost\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'cost\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'cost\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'cost\'' -l retries -x -d 'Tries after the first, 2 for a lost reply [default: 4]'
complete -c visionask -n '__visionask_at \'cost\'' -l record -x -a '(__fish_complete_directories)' -d 'Ask, and save the exchanges in DIR for --replay'
complete -c visionask -n '__visionask_at \'cost\'' -l replay -x -a '(__fish_complete_directories)' -d 'Answer from DIR: no key, no network, nothing paid'
complete -c visionask -n '__visionask_at \'cost\'' -s t -l template -r -F -a 'alt chart receipt safety ui-review (__visionask_own templates)' -d 'A saved question, with what goes with it'
complete -c visionask -n '__visionask_at \'cost\'' -l param -x -d 'Value of a $name in the template'
complete -c visionask -n '__visionask_at \'cost\'' -s s -l system -x -d 'System prompt'
complete -c visionask -n '__visionask_at \'cost\'' -l max-tokens -x -d 'Longest answer, in tokens'
complete -c visionask -n '__visionask_at \'cost\'' -l temperature -x -d 'Sent only when given'
complete -c visionask -n '__visionask_at \'cost\'' -l reasoning-effort -x -a 'none minimal low medium high xhigh max default' -d 'none, minimal, low, medium, high ...'
complete -c visionask -n '__visionask_at \'cost\'' -s n -l dry-run -d 'Plan and price only: no key, no request'
complete -c visionask -n '__visionask_at \'cost\'' -l max-cost -x -d 'Stop before spending more'
complete -c visionask -n '__visionask_at \'cost\'' -l confirm-above -x -d 'Ask first above this price'
complete -c visionask -n '__visionask_at \'cost\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'cost\'' -l prompt-cache -d 'Let the provider cache the prompt (a write costs more)'
complete -c visionask -n '__visionask_at \'cost\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'cost\'' -s j -l jobs -x -d 'Requests at a time [default: 8]'
complete -c visionask -n '__visionask_at \'cost\'' -l rpm -x -d 'Most requests a minute'
complete -c visionask -n '__visionask_at \'cost\'' -l tpm -x -d 'Most tokens a minute, images included'
complete -c visionask -n '__visionask_at \'cost\'' -l schema -r -F -d 'Answer with data: \'name, age int\', or a JSON Schema'
complete -c visionask -n '__visionask_at \'cost\'' -l schema-multi -r -F -d 'The same, for any number of such objects'
complete -c visionask -n '__visionask_at \'cost\'' -s d -l detail -x -a 'low high auto original' -d 'low, high, auto or original [default: auto]'
complete -c visionask -n '__visionask_at \'cost\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'cost\'' -l max-side -x -d 'Longest side that is sent'
complete -c visionask -n '__visionask_at \'cost\'' -l rotate -x -a '90 180 270' -d 'Turn clockwise; boxes count in what is seen then'
complete -c visionask -n '__visionask_at \'cost\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'cost\'' -l page -x -d 'Page of a PDF or TIFF [default: 1]'
complete -c visionask -n '__visionask_at \'cost\'' -l pages -x -d 'Each page of a PDF or TIFF as an image of its own'
complete -c visionask -n '__visionask_at \'cost\'' -l frame -x -d 'Frame of an animation [default: 1]'
complete -c visionask -n '__visionask_at \'cost\'' -l image-tokens -x -d 'Largest size whose tokens do not exceed N'
complete -c visionask -n '__visionask_at \'cost\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'cost\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'cost\'' -l max-pixels -x -d 'Most pixels to decode [default: 89 million]'
complete -c visionask -n '__visionask_at \'cost\'' -l keep-metadata -d 'Keep EXIF (also GPS), XMP and ICC'
complete -c visionask -n '__visionask_at \'cost\'' -l allow-truncated -d 'Send what there is of a cut picture'
complete -c visionask -n '__visionask_at \'cost\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'cost\'' -s r -l recursive -d 'Go into folders below a folder'
complete -c visionask -n '__visionask_at \'cost\'' -l include -x -d 'Only these names in folders, globs'
complete -c visionask -n '__visionask_at \'cost\'' -l exclude -x -d 'Not these names in folders, globs'
complete -c visionask -n '__visionask_at \'cost\'' -l files-from -r -F -d 'Also the images named in FILE, one a line'
complete -c visionask -n '__visionask_at \'cost\'' -s 0 -l null -d 'Names end in NUL: in FILE, and those of -l'
complete -c visionask -n '__visionask_at \'cost\'' -l limit -x -d 'Only the first N images'
complete -c visionask -n '__visionask_at \'cost\'' -l sample -x -d 'N images spread over all, the same each time'
complete -c visionask -n '__visionask_at \'cost\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'cost\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'cost\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'cost\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'cost\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'cost\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'cost\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'prep\'' -s o -l output -x -a '(__fish_complete_directories)' -d 'Folder to write to'
complete -c visionask -n '__visionask_at \'prep\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'prep\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'prep\'' -s i -l image -r -F -d 'One more image'
complete -c visionask -n '__visionask_at \'prep\'' -l clipboard -d 'The image on the clipboard too'
complete -c visionask -n '__visionask_at \'prep\'' -s d -l detail -x -a 'low high auto original' -d 'low, high, auto or original [default: auto]'
complete -c visionask -n '__visionask_at \'prep\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'prep\'' -l max-side -x -d 'Longest side that is sent'
complete -c visionask -n '__visionask_at \'prep\'' -l rotate -x -a '90 180 270' -d 'Turn clockwise; boxes count in what is seen then'
complete -c visionask -n '__visionask_at \'prep\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'prep\'' -l page -x -d 'Page of a PDF or TIFF [default: 1]'
complete -c visionask -n '__visionask_at \'prep\'' -l pages -x -d 'Each page of a PDF or TIFF as an image of its own'
complete -c visionask -n '__visionask_at \'prep\'' -l frame -x -d 'Frame of an animation [default: 1]'
complete -c visionask -n '__visionask_at \'prep\'' -l image-tokens -x -d 'Largest size whose tokens do not exceed N'
complete -c visionask -n '__visionask_at \'prep\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'prep\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'prep\'' -l max-pixels -x -d 'Most pixels to decode [default: 89 million]'
complete -c visionask -n '__visionask_at \'prep\'' -l keep-metadata -d 'Keep EXIF (also GPS), XMP and ICC'
complete -c visionask -n '__visionask_at \'prep\'' -l allow-truncated -d 'Send what there is of a cut picture'
complete -c visionask -n '__visionask_at \'prep\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'prep\'' -s r -l recursive -d 'Go into folders below a folder'
complete -c visionask -n '__visionask_at \'prep\'' -l include -x -d 'Only these names in folders, globs'
complete -c visionask -n '__visionask_at \'prep\'' -l exclude -x -d 'Not these names in folders, globs'
complete -c visionask -n '__visionask_at \'prep\'' -l files-from -r -F -d 'Also the images named in FILE, one a line'
complete -c visionask -n '__visionask_at \'prep\'' -s 0 -l null -d 'Names end in NUL: in FILE, and those of -l'
complete -c visionask -n '__visionask_at \'prep\'' -l limit -x -d 'Only the first N images'
complete -c visionask -n '__visionask_at \'prep\'' -l sample -x -d 'N images spread over all, the same each time'
complete -c visionask -n '__visionask_at \'prep\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'prep\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'prep\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'prep\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'prep\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'prep\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'prep\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'models\'' -f -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)'
complete -c visionask -n '__visionask_at \'models\'' -l local -d 'Models for this machine, with sizes'
complete -c visionask -n '__visionask_at \'models\'' -l provider -x -d 'Models of one provider, such as anthropic'
complete -c visionask -n '__visionask_at \'models\'' -l all -d 'Also models that are shut down'
complete -c visionask -n '__visionask_at \'models\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'models\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'models\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'models\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'models\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'models\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'models\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'models\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'models\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'config\'' -f -a show -d 'Show every setting, its value, and where it comes from: flag, variable, profile, file or default'
complete -c visionask -n '__visionask_at \'config\'' -f -a set -d 'Put one setting into the config file; comments stay. KEY: model, or profiles.NAME.model'
complete -c visionask -n '__visionask_at \'config\'' -f -a get -d 'Print one setting as it holds now, whichever way it is set; nothing where it is not set'
complete -c visionask -n '__visionask_at \'config\'' -f -a unset -d 'Take one setting out of the config file; comments stay. KEY: model, or profiles.NAME.model'
complete -c visionask -n '__visionask_at \'config\'' -f -a path -d 'Print the name of the config file, there or not'
complete -c visionask -n '__visionask_at \'config\'' -f -a edit -d 'Edit the config file in $VISUAL or $EDITOR; a wrong one is not saved'
complete -c visionask -n '__visionask_at \'config\'' -f -a templates -d 'Saved questions, for --template'
complete -c visionask -n '__visionask_at \'config\'' -f
complete -c visionask -n '__visionask_at \'config\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'config\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'config show\'' -f
complete -c visionask -n '__visionask_at \'config show\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'config show\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'config show\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'config show\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'config show\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'config show\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'config show\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'config show\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'config show\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'config show\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'config show\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'config set\'' -f -a 'model detail base_url api_key_env timeout retries max_cost confirm_above quality max_side image_tokens reasoning_effort jobs rpm tpm daily_budget ledger thumbnails profile azure_resource'
complete -c visionask -n '__visionask_at \'config set\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'config set\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'config set\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'config set\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'config set\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'config set\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'config get\'' -f
complete -c visionask -n '__visionask_at \'config get\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'config get\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'config get\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'config get\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'config get\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'config get\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'config get\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'config unset\'' -f
complete -c visionask -n '__visionask_at \'config unset\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'config unset\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'config unset\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'config unset\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'config unset\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'config unset\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'config path\'' -f
complete -c visionask -n '__visionask_at \'config path\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'config path\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'config edit\'' -f
complete -c visionask -n '__visionask_at \'config edit\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'config edit\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'config edit\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'config edit\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'config edit\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'config edit\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'config templates\'' -f -a list -d 'List the templates, yours and the shipped ones; one of yours hides a shipped one of its name'
complete -c visionask -n '__visionask_at \'config templates\'' -f -a show -d 'Print a template, as its file has it'
complete -c visionask -n '__visionask_at \'config templates\'' -f -a path -d 'Print the name of the folder with your templates, there or not'
complete -c visionask -n '__visionask_at \'config templates\'' -f -a edit -d 'Edit your template of this name in $VISUAL or $EDITOR; a shipped one is copied first, a wrong one ...'
complete -c visionask -n '__visionask_at \'config templates\'' -f
complete -c visionask -n '__visionask_at \'config templates\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'config templates\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'config templates list\'' -f
complete -c visionask -n '__visionask_at \'config templates list\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'config templates list\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'config templates list\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'config templates list\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'config templates list\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'config templates list\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'config templates list\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'config templates show\'' -f -a 'alt chart receipt safety ui-review (__visionask_own templates)'
complete -c visionask -n '__visionask_at \'config templates show\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'config templates show\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'config templates show\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'config templates show\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'config templates show\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'config templates show\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'config templates path\'' -f
complete -c visionask -n '__visionask_at \'config templates path\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'config templates path\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'config templates edit\'' -f -a 'alt chart receipt safety ui-review (__visionask_own templates)'
complete -c visionask -n '__visionask_at \'config templates edit\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'config templates edit\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'config templates edit\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'config templates edit\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'config templates edit\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'config templates edit\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'completion\'' -f -a 'bash zsh fish powershell'
complete -c visionask -n '__visionask_at \'completion\'' -l install -d 'Write it where the shell finds it, after asking; SHELL may be left out'
complete -c visionask -n '__visionask_at \'completion\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'completion\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'completion\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'local\'' -f -a list -d 'List the models that are here, and those that can be pulled'
complete -c visionask -n '__visionask_at \'local\'' -f -a pull -d 'Download a model from the Hugging Face hub: a listed name, or OWNER/REPO of a GGUF repository'
complete -c visionask -n '__visionask_at \'local\'' -f -a serve -d 'Serve a local model until Ctrl-C: prints the two variables that point any OpenAI client at it'
complete -c visionask -n '__visionask_at \'local\'' -f
complete -c visionask -n '__visionask_at \'local\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'local\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'local list\'' -f
complete -c visionask -n '__visionask_at \'local list\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'local list\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'local list\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'local list\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'local list\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'local list\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'local list\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'local pull\'' -f -a 'practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr'
complete -c visionask -n '__visionask_at \'local pull\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'local pull\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'local pull\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'local pull\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'local pull\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'local pull\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'local serve\'' -f -a 'practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr'
complete -c visionask -n '__visionask_at \'local serve\'' -l port -x -d 'Port on 127.0.0.1 [default: a free one]'
complete -c visionask -n '__visionask_at \'local serve\'' -l api-key-env -x -d 'Variable with the key to take [default: a new key each time]'
complete -c visionask -n '__visionask_at \'local serve\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'local serve\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'local serve\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'local serve\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'local serve\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'local serve\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'logs\'' -f -a list -d 'List the answers, newest first'
complete -c visionask -n '__visionask_at \'logs\'' -f -a runs -d 'List the runs that were answered, newest first: `visionask diff ID ID` compares two'
complete -c visionask -n '__visionask_at \'logs\'' -f -a conversations -d 'List the conversations, the one used last first: `ask --cid ID` and `chat --cid ID` go on with one'
complete -c visionask -n '__visionask_at \'logs\'' -f -a show -d 'Show all of one answer: question, system prompt, images by name, usage, price. ID may be its ...'
complete -c visionask -n '__visionask_at \'logs\'' -f -a search -d 'List the answers in which every word begins a word of the question or the answer, newest first'
complete -c visionask -n '__visionask_at \'logs\'' -f -a stats -d 'Show the spend by day and model, what was not paid again, and how far projections were off'
complete -c visionask -n '__visionask_at \'logs\'' -f -a merge -d 'Take over what other ledgers have, such as those of `scan --shard`: again changes nothing, money ...'
complete -c visionask -n '__visionask_at \'logs\'' -f -a purge -d 'Forget answers, and overwrite them on the disk. Sums of money by day are kept'
complete -c visionask -n '__visionask_at \'logs\'' -f
complete -c visionask -n '__visionask_at \'logs\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'logs list\'' -f
complete -c visionask -n '__visionask_at \'logs list\'' -l limit -x -d 'At most so many [default: 20]'
complete -c visionask -n '__visionask_at \'logs list\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Only of this model'
complete -c visionask -n '__visionask_at \'logs list\'' -l failed -d 'What was refused, cut or not the schema, instead'
complete -c visionask -n '__visionask_at \'logs list\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs list\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'logs list\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs list\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs list\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'logs list\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'logs list\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'logs list\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs list\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'logs runs\'' -f
complete -c visionask -n '__visionask_at \'logs runs\'' -l limit -x -d 'At most so many [default: 20]'
complete -c visionask -n '__visionask_at \'logs runs\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs runs\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'logs runs\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs runs\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs runs\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'logs runs\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'logs runs\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'logs runs\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs runs\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'logs conversations\'' -f
complete -c visionask -n '__visionask_at \'logs conversations\'' -l limit -x -d 'At most so many [default: 20]'
complete -c visionask -n '__visionask_at \'logs conversations\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs conversations\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'logs conversations\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs conversations\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs conversations\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'logs conversations\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'logs conversations\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'logs conversations\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs conversations\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'logs show\'' -f
complete -c visionask -n '__visionask_at \'logs show\'' -l raw -d 'Do not neutralise control characters'
complete -c visionask -n '__visionask_at \'logs show\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs show\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'logs show\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs show\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs show\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'logs show\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'logs show\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'logs show\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs show\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'logs search\'' -f
complete -c visionask -n '__visionask_at \'logs search\'' -l limit -x -d 'At most so many [default: 20]'
complete -c visionask -n '__visionask_at \'logs search\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs search\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'logs search\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs search\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs search\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'logs search\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'logs search\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'logs search\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs search\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'logs stats\'' -f
complete -c visionask -n '__visionask_at \'logs stats\'' -l since -x -d 'From this day (UTC): 2026-11-22. Drift is of all days'
complete -c visionask -n '__visionask_at \'logs stats\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs stats\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'logs stats\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs stats\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs stats\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'logs stats\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'logs stats\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'logs stats\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs stats\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'logs merge\'' -f
complete -c visionask -n '__visionask_at \'logs merge\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs merge\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'logs merge\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs merge\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs merge\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'logs merge\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'logs merge\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'logs merge\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs merge\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'logs purge\'' -f
complete -c visionask -n '__visionask_at \'logs purge\'' -l older-than -x -d 'Only what is older than so many days'
complete -c visionask -n '__visionask_at \'logs purge\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Only of this model'
complete -c visionask -n '__visionask_at \'logs purge\'' -l all -d 'Everything'
complete -c visionask -n '__visionask_at \'logs purge\'' -l id -x -d 'Only this answer, conversation or batch, readable or not'
complete -c visionask -n '__visionask_at \'logs purge\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'logs purge\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'logs purge\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'logs purge\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'logs purge\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'logs purge\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'logs purge\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'logs purge\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'logs purge\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'logs purge\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'eval\'' -f
complete -c visionask -n '__visionask_at \'eval\'' -s p -l prompt-file -r -F -d 'A question in a file; repeatable'
complete -c visionask -n '__visionask_at \'eval\'' -s t -l template -r -F -a 'alt chart receipt safety ui-review (__visionask_own templates)' -d 'A saved question; repeatable'
complete -c visionask -n '__visionask_at \'eval\'' -l param -x -d 'Value of a $name in it'
complete -c visionask -n '__visionask_at \'eval\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Models, with commas'
complete -c visionask -n '__visionask_at \'eval\'' -s d -l detail -x -d 'Levels, with commas'
complete -c visionask -n '__visionask_at \'eval\'' -l image-tokens -x -d 'Sizes in tokens'
complete -c visionask -n '__visionask_at \'eval\'' -l max-side -x -d 'Longest sides'
complete -c visionask -n '__visionask_at \'eval\'' -l reasoning-effort -x -d 'Efforts'
complete -c visionask -n '__visionask_at \'eval\'' -l margin -x -d 'How much worse than the best is good enough [default: 2%]'
complete -c visionask -n '__visionask_at \'eval\'' -l at-least -x -d 'Exit 1 where no setting is right so often'
complete -c visionask -n '__visionask_at \'eval\'' -l tolerance -x -d 'How far a number may be off [default: 0]'
complete -c visionask -n '__visionask_at \'eval\'' -l folder -x -a '(__fish_complete_directories)' -d 'Where names count from, if not from the labels\' folder or here'
complete -c visionask -n '__visionask_at \'eval\'' -l sample -x -d 'Only N of the labelled images, spread over all'
complete -c visionask -n '__visionask_at \'eval\'' -s n -l dry-run -d 'Price every setting, and send nothing'
complete -c visionask -n '__visionask_at \'eval\'' -l batch -d 'Submit at half price; run it again once it is fetched'
complete -c visionask -n '__visionask_at \'eval\'' -s o -l output -r -F -d 'Results: .html .jsonl .csv .db .md; repeatable'
complete -c visionask -n '__visionask_at \'eval\'' -s f -l format -x -a 'text json jsonl csv md html sqlite' -d 'Format here, or of -o files'
complete -c visionask -n '__visionask_at \'eval\'' -l save-profile -x -d 'Write what is recommended as a profile'
complete -c visionask -n '__visionask_at \'eval\'' -l local -x -a 'practice smolvlm-500m qwen2.5-vl-3b gemma-3-4b ocr' -d 'A model on this machine, no key'
complete -c visionask -n '__visionask_at \'eval\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'eval\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'eval\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'eval\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'eval\'' -l retries -x -d 'Tries after the first, 2 for a lost reply [default: 4]'
complete -c visionask -n '__visionask_at \'eval\'' -l record -x -a '(__fish_complete_directories)' -d 'Ask, and save the exchanges in DIR for --replay'
complete -c visionask -n '__visionask_at \'eval\'' -l replay -x -a '(__fish_complete_directories)' -d 'Answer from DIR: no key, no network, nothing paid'
complete -c visionask -n '__visionask_at \'eval\'' -s s -l system -x -d 'System prompt'
complete -c visionask -n '__visionask_at \'eval\'' -l max-tokens -x -d 'Longest answer, in tokens'
complete -c visionask -n '__visionask_at \'eval\'' -l temperature -x -d 'Sent only when given'
complete -c visionask -n '__visionask_at \'eval\'' -l max-cost -x -d 'Stop before spending more'
complete -c visionask -n '__visionask_at \'eval\'' -l confirm-above -x -d 'Ask first above this price'
complete -c visionask -n '__visionask_at \'eval\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'eval\'' -l service-tier -x -a 'auto default flex priority' -d 'auto, default, flex or priority'
complete -c visionask -n '__visionask_at \'eval\'' -l prompt-cache -d 'Let the provider cache the prompt (a write costs more)'
complete -c visionask -n '__visionask_at \'eval\'' -l cache -l no-cache -d 'Take answers from the ledger'
complete -c visionask -n '__visionask_at \'eval\'' -l log -l no-log -d 'Keep answers in the ledger'
complete -c visionask -n '__visionask_at \'eval\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'eval\'' -s j -l jobs -x -d 'Requests at a time [default: 8]'
complete -c visionask -n '__visionask_at \'eval\'' -l rpm -x -d 'Most requests a minute'
complete -c visionask -n '__visionask_at \'eval\'' -l tpm -x -d 'Most tokens a minute, images included'
complete -c visionask -n '__visionask_at \'eval\'' -l schema -r -F -d 'Answer with data: \'name, age int\', or a JSON Schema'
complete -c visionask -n '__visionask_at \'eval\'' -l schema-multi -r -F -d 'The same, for any number of such objects'
complete -c visionask -n '__visionask_at \'eval\'' -l crop -x -d 'Send only this part, px upright'
complete -c visionask -n '__visionask_at \'eval\'' -l rotate -x -a '90 180 270' -d 'Turn clockwise; boxes count in what is seen then'
complete -c visionask -n '__visionask_at \'eval\'' -l redact -x -d 'Paint this part black; repeatable'
complete -c visionask -n '__visionask_at \'eval\'' -l page -x -d 'Page of a PDF or TIFF [default: 1]'
complete -c visionask -n '__visionask_at \'eval\'' -l pages -x -d 'Each page of a PDF or TIFF as an image of its own'
complete -c visionask -n '__visionask_at \'eval\'' -l frame -x -d 'Frame of an animation [default: 1]'
complete -c visionask -n '__visionask_at \'eval\'' -l no-resize -d 'Send full size'
complete -c visionask -n '__visionask_at \'eval\'' -l quality -x -d 'JPEG quality [default: 85]'
complete -c visionask -n '__visionask_at \'eval\'' -l max-pixels -x -d 'Most pixels to decode [default: 89 million]'
complete -c visionask -n '__visionask_at \'eval\'' -l keep-metadata -d 'Keep EXIF (also GPS), XMP and ICC'
complete -c visionask -n '__visionask_at \'eval\'' -l allow-truncated -d 'Send what there is of a cut picture'
complete -c visionask -n '__visionask_at \'eval\'' -l pass-url -d 'Hand links on instead of fetching them here'
complete -c visionask -n '__visionask_at \'eval\'' -l allow-private-urls -d 'Fetch links to private addresses too'
complete -c visionask -n '__visionask_at \'eval\'' -l statement -x -d 'Is this true of it? repeatable'
complete -c visionask -n '__visionask_at \'eval\'' -l choice -x -d 'Ask which value it is, not whether it is true'
complete -c visionask -n '__visionask_at \'eval\'' -l score -x -d 'Ask for a score'
complete -c visionask -n '__visionask_at \'eval\'' -l threshold -x -d 'Least probability of true [default: 0.5]'
complete -c visionask -n '__visionask_at \'eval\'' -l unsure -x -d 'Look again, in higher detail, in this zone'
complete -c visionask -n '__visionask_at \'eval\'' -l engine -x -a 'decisions schema auto' -d 'decisions (probabilities), schema (any model) or auto [default: auto]'
complete -c visionask -n '__visionask_at \'eval\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'eval\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'eval\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'eval\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'eval\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'eval\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'eval\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'diff\'' -f
complete -c visionask -n '__visionask_at \'diff\'' -l fail-above -x -d 'Exit 1 where more changed: 2% or 0.02'
complete -c visionask -n '__visionask_at \'diff\'' -l question -x -d 'Of runs, only answers to this'
complete -c visionask -n '__visionask_at \'diff\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Of runs, only answers of this model'
complete -c visionask -n '__visionask_at \'diff\'' -l judge -x -d 'Ask this model whether changed words mean the same'
complete -c visionask -n '__visionask_at \'diff\'' -s l -l list -d 'List every change, not 20'
complete -c visionask -n '__visionask_at \'diff\'' -s o -l output -r -F -d 'Write FILE: .html, .json or .md, or as -f says'
complete -c visionask -n '__visionask_at \'diff\'' -s f -l format -x -a 'text json md html' -d 'Format'
complete -c visionask -n '__visionask_at \'diff\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'diff\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'diff\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'diff\'' -l timeout -x -d 'Longest wait for one try'
complete -c visionask -n '__visionask_at \'diff\'' -l retries -x -d 'Tries after the first, 2 for a lost reply [default: 4]'
complete -c visionask -n '__visionask_at \'diff\'' -l record -x -a '(__fish_complete_directories)' -d 'Ask, and save the exchanges in DIR for --replay'
complete -c visionask -n '__visionask_at \'diff\'' -l replay -x -a '(__fish_complete_directories)' -d 'Answer from DIR: no key, no network, nothing paid'
complete -c visionask -n '__visionask_at \'diff\'' -s n -l dry-run -d 'Plan and price only: no key, no request'
complete -c visionask -n '__visionask_at \'diff\'' -l max-cost -x -d 'Stop before spending more'
complete -c visionask -n '__visionask_at \'diff\'' -l confirm-above -x -d 'Ask first above this price'
complete -c visionask -n '__visionask_at \'diff\'' -s y -l yes -d 'Do not ask'
complete -c visionask -n '__visionask_at \'diff\'' -l cache -l no-cache -d 'Take answers from the ledger'
complete -c visionask -n '__visionask_at \'diff\'' -l log -l no-log -d 'Keep answers in the ledger'
complete -c visionask -n '__visionask_at \'diff\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'diff\'' -s j -l jobs -x -d 'Requests at a time [default: 8]'
complete -c visionask -n '__visionask_at \'diff\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'diff\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'diff\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'diff\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'diff\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'diff\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'diff\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'doctor\'' -f
complete -c visionask -n '__visionask_at \'doctor\'' -s m -l model -x -a 'gpt-6.2-astra gpt-6.2-sol gpt-6-astra gpt-6-sol gpt-6-luna gpt-6.1-sol gpt-6.1-terra gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.6-cyber gpt-5.5 gpt-5.5-pro gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.3-codex gpt-5.3-chat-latest gpt-5.2 gpt-5.2-pro gpt-5.2-codex gpt-5.2-chat-latest gpt-5.1 gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.1-chat-latest gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro gpt-5-codex gpt-5-chat-latest chat-latest gpt-4.5-preview gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4o gpt-4o-2024-05-13 gpt-4o-mini gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-vision-preview o1 o1-pro o3 o3-pro o4-mini computer-use-preview gpt-5-codex-mini codex-mini-latest chatgpt-4o-latest gpt-image-1 gpt-image-1.5 gpt-image-1-mini gpt-image-2 gpt-image-2.5-sunburst gpt-image-2.5-flare claude-fable-5-2 claude-fable-5-1 claude-fable-5 claude-mythos-5-2 claude-opus-5-5 claude-opus-5 claude-opus-4-8 claude-opus-4-7 claude-sonnet-5-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-6 claude-opus-4-5 claude-sonnet-4-6 claude-sonnet-4-5 claude-haiku-4-5 gemini-3.8-flash gemini-3.7-flash gemini-3.6-flash gemini-3.5-flash gemini-3.5-flash-lite gemini-3.1-pro-preview gemini-3.1-flash-lite gemini-3-flash-preview gemini-4-argon gemini-4-hydrogen qwen3.8-max qwen3.8-flash qwen3.7-plus qwen3.5-plus qwen3-vl-plus qwen3-vl-235b-a22b-instruct qwen3-vl-32b-instruct nova-lite-v1 nova-pro-v1 nova-premier-v1 command-a-vision-07-2025 command-a-plus-05-2026 deepseek-flash deepseek-v4-flash-vision-exp accounts/fireworks/models/kimi-k3 accounts/fireworks/models/qwen3p8-max accounts/fireworks/models/glm-5p3-flash accounts/fireworks/models/deepseek-v4p1-flash-1017 accounts/fireworks/models/minimax-m3 accounts/fireworks/models/muse-spark-open qwen/qwen3.8-27b meta-llama/llama-4-maverick-17b-128e-instruct muse-spark-1.3 muse-spark-1.2 muse-spark-1.3-contributor muse-wonder-1.0 MiniMax-M3 MiniMax-M3.1-Flash mistral-large-4 mistral-large-2512 mistral-medium-3-5 mistral-medium-3-1 mistral-small-2603 ministral-14b-2512 ministral-8b-2512 ministral-3b-2512 pixtral-12b pixtral-large-latest kimi-k2.6 kimi-k2.7-code kimi-k3 kimi-k3.1-pro nvidia/nemotron-3-nano-omni sonar sonar-pro sonar-reasoning-pro step-3.7 hy4 zai-org/GLM-5.3-Flash moonshotai/Kimi-K3 moonshotai/Kimi-K3.1-Pro Qwen/Qwen3.5-9B deepseek-ai/DeepSeek-V4.1-Flash-1017 nvidia/NVIDIA-Nemotron-3.5-Super-VL MiniMaxAI/MiniMax-M3 doubao-seed-2-1-pro-260915 grok-4.7 grok-4.6 grok-4.5 grok-4.3 grok-4.20 glm-5.3-flash glm-5v-turbo glm-4.6v glm-4.5v (__visionask_own models)' -d 'Model [default: gpt-6-luna]'
complete -c visionask -n '__visionask_at \'doctor\'' -l base-url -x -d 'An OpenAI-compatible server'
complete -c visionask -n '__visionask_at \'doctor\'' -l api-key-env -x -d 'Variable with the key [default: OPENAI_API_KEY]'
complete -c visionask -n '__visionask_at \'doctor\'' -l profile -x -a 'ollama lmstudio llamacpp vllm transformers anthropic gemini alibaba amazon azure cohere deepseek fireworks groq meta minimax mistral moonshot nvidia openrouter perplexity stepfun tencent together volcengine xai zai (__visionask_own profiles)' -d 'Yours, or built in (see config)'
complete -c visionask -n '__visionask_at \'doctor\'' -l ledger -r -F -d 'Another ledger'
complete -c visionask -n '__visionask_at \'doctor\'' -l offline -d 'Do not use the network'
complete -c visionask -n '__visionask_at \'doctor\'' -l json -d 'Print a record (schema visionask/1)'
complete -c visionask -n '__visionask_at \'doctor\'' -s q -l quiet -d 'No price line, warnings or notes'
complete -c visionask -n '__visionask_at \'doctor\'' -s v -l verbose -d 'Say more'
complete -c visionask -n '__visionask_at \'doctor\'' -l debug -d 'Show the traceback of an error'
complete -c visionask -n '__visionask_at \'doctor\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'doctor\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'doctor\'' -l help-all -d 'Explain every flag'
complete -c visionask -n '__visionask_at \'help\'' -f
complete -c visionask -n '__visionask_at \'help\'' -l no-color -d 'No colour (NO_COLOR is honoured too)'
complete -c visionask -n '__visionask_at \'help\'' -s h -l help -d 'Show this message and exit'
complete -c visionask -n '__visionask_at \'help\'' -l help-all -d 'Explain every flag'
